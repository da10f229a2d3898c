"""Makes outlines.txt, the offline map of places, from three TopoJSON files in the public domain (see SOURCES.md).

    python3 make_outlines.py states-10m.json mex.topo.json countries-50m.json > outlines.txt

Every arc is simplified once (Douglas and Peucker, 0.03 degrees) and then joined, so that neighbours keep a common border.
Coordinates are hundredths of a degree; rings are first point, then differences. No third-party module is needed.
"""

import json
import sys

TOLERANCE = 0.03
# Islands smaller than this (square degrees) are left out.
LEAST_AREA = 0.02
# Countries drawn around the two whose states are drawn.
AROUND = {"Canada": "CA", "Guatemala": "GT", "Belize": "BZ", "Honduras": "HN", "El Salvador": "SV", "Nicaragua": "NI",
          "Cuba": "CU", "Bahamas": "BS", "Jamaica": "JM", "Haiti": "HT", "Dominican Rep.": "DO", "Costa Rica": "CR"}
US = dict(zip(
    "01 02 04 05 06 08 09 10 11 12 13 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 44 45 46 "
    "47 48 49 50 51 53 54 55 56 72".split(),
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD "
    "TN TX UT VT VA WA WV WI WY PR".split()))
MX = {"Aguascalientes": "AGU", "Baja California": "BCN", "Baja California Sur": "BCS", "Campeche": "CAM", "Chiapas": "CHP",
      "Chihuahua": "CHH", "Coahuila": "COA", "Colima": "COL", "Distrito Federal": "CMX", "Durango": "DUR", "Guanajuato": "GUA",
      "Guerrero": "GRO", "Hidalgo": "HID", "Jalisco": "JAL", "México": "MEX", "Michoacán": "MIC", "Morelos": "MOR", "Nayarit": "NAY",
      "Nuevo León": "NLE", "Oaxaca": "OAX", "Puebla": "PUE", "Querétaro": "QUE", "Quintana Roo": "ROO", "San Luis Potosí": "SLP",
      "Sinaloa": "SIN", "Sonora": "SON", "Tabasco": "TAB", "Tamaulipas": "TAM", "Tlaxcala": "TLA", "Veracruz": "VER",
      "Yucatán": "YUC", "Zacatecas": "ZAC"}
RENAMED = {"Distrito Federal": "Ciudad de México", "Dominican Rep.": "Dominican Republic"}


def arcs_of(topology):
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(simplified(points))
    return arcs


def simplified(points):
    closed = len(points) > 3 and points[0] == points[-1]
    if closed:
        # A ring of one arc has no ends: it is cut at the point furthest from its start.
        first = points[0]
        cut = max(range(len(points)), key=lambda i: (points[i][0] - first[0]) ** 2 + (points[i][1] - first[1]) ** 2)
        return chain(points[: cut + 1])[:-1] + chain(points[cut:])
    return chain(points)


def chain(points):
    if len(points) < 3:
        return points
    (ax, ay), (bx, by) = points[0], points[-1]
    length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5 or 1e-12
    far, at = max((abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length, i) for i, (x, y) in enumerate(points))
    if far <= TOLERANCE:
        return [points[0], points[-1]]
    return chain(points[: at + 1])[:-1] + chain(points[at:])


def rings_of(geometry, arcs):
    polygons = {"Polygon": [geometry.get("arcs")], "MultiPolygon": geometry.get("arcs")}.get(geometry["type"], [])
    rings = []
    for polygon in polygons:
        for ring in polygon:
            points = []
            for i in ring:
                part = arcs[i] if i >= 0 else arcs[~i][::-1]
                points += part if not points else part[1:]
            rounded = []
            for x, y in points:
                point = (round(x * 100), round(y * 100))
                if not rounded or rounded[-1] != point:
                    rounded.append(point)
            if rounded and rounded[0] == rounded[-1]:
                rounded.pop()
            area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(rounded, rounded[1:] + rounded[:1]))) / 2e4
            if len(rounded) >= 3 and area >= LEAST_AREA:
                rings.append(rounded)
    # Beyond the antimeridian nothing of interest lies.
    return [ring for ring in rings if max(x for x, _ in ring) < 0]


def lines(code, name, rings):
    if rings:
        print(f"={code} {name}")
    for ring in rings:
        x = y = 0
        words = []
        for px, py in ring:
            words.append(f"{px - x},{py - y}")
            x, y = px, py
        print(" ".join(words))


def main():
    states, mexico, countries = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:4])
    print("# Outlines of states and countries; see SOURCES.md. Made by make_outlines.py, not by hand.")
    made = []
    arcs = arcs_of(countries)
    for geometry in countries["objects"]["countries"]["geometries"]:
        name = geometry["properties"]["name"]
        if name in AROUND:
            made.append((AROUND[name], RENAMED.get(name, name), rings_of(geometry, arcs)))
    arcs = arcs_of(mexico)
    for geometry in mexico["objects"]["mex"]["geometries"]:
        name = geometry["properties"]["name"]
        if name in MX:
            made.append((f"MX-{MX[name]}", RENAMED.get(name, name), rings_of(geometry, arcs)))
    arcs = arcs_of(states)
    for geometry in states["objects"]["states"]["geometries"]:
        if geometry["id"] in US:
            made.append((f"US-{US[geometry['id']]}", geometry["properties"]["name"], rings_of(geometry, arcs)))
    for code, name, rings in sorted(made):
        lines(code, name, rings)


main()
