"""A client of the brasslink service for notebooks and scripts: one file, the standard library alone.

    from brasslink_client import Client

    lab = Client("https://brasslink.example", token="brl_...")
    for one in lab.submit("TIJ-26-0142-E1", ["case1.x3p"], incident="TIJ-26-0142"):
        print(one.file, one.status, *one.reasons("en"))
    lab.wait(lab.correlate(["TIJ-26-0142-E1"]))
    for candidate in lab.correlation("TIJ-26-0142-E1/case1").candidates[:10]:
        print(candidate.rank, candidate.specimen, candidate.log10_lr)

What a list names are candidates for people to judge. A lead is a person's judgement, a hit is confirmed by two examiners on the
physical specimens; nothing that this client returns says more than that.

Python 3.9 or later. Every refusal of the service is raised as a `Problem`.
"""

from __future__ import annotations

import array
import hashlib
import http.client
import http.cookiejar
import json
import os
import secrets
import struct
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Callable, TypeVar, Union

__all__ = [
    "BadInput",
    "Candidate",
    "Cell",
    "Client",
    "Comparison",
    "Conflict",
    "ConflictFound",
    "CorrelationList",
    "Heights",
    "Indicator",
    "Investigation",
    "Job",
    "JobFailed",
    "Lead",
    "LeadFile",
    "NotAllowed",
    "NotFound",
    "Pose",
    "Problem",
    "SavedView",
    "SignInNeeded",
    "Specimen",
    "Stale",
    "Submitted",
    "TooMany",
]

Json = Any
Source = Union[str, "os.PathLike[str]", tuple[str, bytes]]
T = TypeVar("T")

PIECE = 4 << 20
"""Bytes of one piece of a file that is sent in pieces; the service takes at most 8 MiB."""
IN_PIECES_FROM = 16 << 20
"""Files of this length and longer go in pieces."""
CONCLUSIONS = ("identification", "inconclusive_a", "inconclusive_b", "inconclusive_c", "elimination", "unsuitable")
"""The AFTE range, as `Client.conclude` takes it: an examiner's verdict on the physical specimens."""
DRAWINGS = ("pair", "links", "timeline", "chain", "map")
EXPORTS = ("graphml", "nodes.csv", "edges.csv", "geojson", "json", "svg")


# Problems


class Problem(Exception):
    """A refusal of the service (RFC 9457). `kind` is a word that stays the same in all languages and versions."""

    def __init__(self, kind: str, title: str, status: int, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{title}: {detail}" if detail else title)
        self.kind = kind
        self.title = title
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


class SignInNeeded(Problem):
    """Nobody has signed in, the session or token has ended, or the password is wrong."""


class NotAllowed(Problem):
    """The role does not allow it; also where the one who concluded tries to review."""


class NotFound(Problem):
    """There is no such thing, or a specimen was not searched yet."""


class Stale(Problem):
    """Somebody else changed it meanwhile: read it again."""


class ConflictFound(Problem):
    """Something else is kept under that name, or an idempotency key was used for another request."""


class BadInput(Problem):
    """What was given cannot be used; `detail` says what was expected."""


class TooMany(Problem):
    """Too many requests; `retry_after` says when to ask again."""


class JobFailed(Exception):
    """A job failed or was stopped."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"job {job.id} {job.state}: {job.result}")
        self.job = job


_PROBLEMS: dict[str, type[Problem]] = {
    "sign-in-required": SignInNeeded,
    "sign-in-refused": SignInNeeded,
    "not-allowed": NotAllowed,
    "csrf": NotAllowed,
    "password-change-required": NotAllowed,
    "not-found": NotFound,
    "stale": Stale,
    "conflict": ConflictFound,
    "bad-input": BadInput,
    "too-large": BadInput,
    "too-many": TooMany,
}


# What the service tells. Fields that this version does not know stay in `raw`.


@dataclass(frozen=True)
class Specimen:
    """A cartridge case of the gallery, in one row."""

    id: str
    exhibit: str = ""
    kind: str = "evidence"
    incident: str | None = None
    firearm: str | None = None
    date: str | None = None
    country: str | None = None
    state: str | None = None
    place: str | None = None
    calibre: str | None = None
    acquisitions: int = 0
    marks: int = 0
    correlated: bool = False
    modality: str | None = None
    entered: str | None = None
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Submitted:
    """What became of one file: `accepted`, `reservations`, `rejected`, `already_there`, ..., and what the quality gate found."""

    file: str
    status: str
    exhibit: str = ""
    specimen: str = ""
    gate: Mapping[str, Json] | None = None
    notes: Sequence[Json] = ()
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)

    def reasons(self, language: str = "en") -> list[str]:
        """Why the gate judged as it did, each with its advice."""
        word = "spanish" if language == "es" else "english"
        told = []
        for one in (self.gate or {}).get("reasons", []):
            advice = one.get(f"advice_{word}")
            told.append(
                f"{one.get(word, one.get('code'))}: {advice}" if advice else str(one.get(word, one.get("code")))
            )
        return told


@dataclass(frozen=True)
class Job:
    """A job of the service's queue."""

    id: int
    kind: str
    state: str
    by: str = ""
    stage: str = ""
    stage_words: str = ""
    done: int = 0
    total: int = 0
    compared: int = 0
    to_compare: int = 0
    created: str | None = None
    started: str | None = None
    ended: str | None = None
    result: Json = None
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("done", "failed", "stopped")


@dataclass(frozen=True)
class Pose:
    """How a mark is turned and then shifted onto the other one."""

    theta_rad: float = 0.0
    dx_um: float = 0.0
    dy_um: float = 0.0


@dataclass(frozen=True)
class Candidate:
    """One rank of a list: never more than a candidate for a person to judge."""

    rank: int
    specimen: str
    score: float
    exhibit: str = ""
    log10_lr: float | None = None
    log10_lr_interval: tuple[float, float] | None = None
    log10_lr_at_bound: bool = False
    log10_lr_of_search: float | None = None
    mate_below: float | None = None
    cmc: int = 0
    cells: int = 0
    pose: Pose = Pose()
    about: Specimen | None = None
    lead: Mapping[str, str] | None = None
    viewed: str | None = None
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class CorrelationList:
    """The latest list of a specimen, with the receipt that says what was searched and compared."""

    query: Specimen
    candidates: Sequence[Candidate]
    at: str = ""
    version: str = ""
    exhaustive: bool = False
    filter: Sequence[Mapping[str, str]] = ()
    receipt: Mapping[str, Json] = field(default_factory=dict)
    receipt_words: Sequence[str] = ()
    population: str = ""
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Cell:
    """A cell of the reference and where it was found."""

    x_um: float
    y_um: float
    side_um: float
    state: str
    ccf: float | None = None
    residual_x_um: float | None = None
    residual_y_um: float | None = None
    residual_rad: float | None = None


@dataclass(frozen=True)
class Comparison:
    """What comparing two specimens gave."""

    reference: str
    comparison: str
    score: float
    congruent_cells: int
    cells: int
    log10_lr: float | None = None
    log10_lr_interval: tuple[float, float] | None = None
    log10_lr_at_bound: bool = False
    lead: Mapping[str, str] | None = None
    pose: Pose = Pose()
    cell_list: Sequence[Cell] = ()
    population: str = ""
    version: str = ""
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Lead:
    """A candidate, lead or hit in one row."""

    id: str
    state: str
    specimens: Sequence[str]
    incidents: Sequence[str] = ()
    firearm: str | None = None
    log10_lr: float | None = None
    log10_lr_interval: tuple[float, float] | None = None
    log10_lr_at_bound: bool = False
    score: float | None = None
    congruent_cells: int = 0
    proposed: str | None = None
    since: str | None = None
    age_hours: float = 0.0
    due: str | None = None
    overdue: bool = False
    by: str | None = None
    reason: str | None = None
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class LeadFile:
    """A lead with its whole history and both sides."""

    row: Lead
    history: Sequence[Mapping[str, Json]]
    sides: Sequence[Specimen] = ()
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class SavedView:
    """A picture that somebody kept on the comparison bench for a lead."""

    digest: str
    caption: str = ""
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class Indicator:
    """What records show by a rule; never a finding."""

    name: str
    rule: str
    value: str
    records: Sequence[str] = ()


@dataclass(frozen=True)
class Conflict:
    """Records that contradict each other; a hard one cannot be true."""

    text: str
    hard: bool = False
    records: Sequence[str] = ()


@dataclass(frozen=True)
class Investigation:
    """Where a lead leads. Names of persons are masked unless `names_shown`."""

    lead: Lead
    heading: str
    summary: Sequence[str]
    indicators: Sequence[Indicator]
    conflicts: Sequence[Conflict]
    measures: Sequence[Mapping[str, str]] = ()
    links: Sequence[Mapping[str, Json]] = ()
    events: Sequence[Mapping[str, str]] = ()
    intervals: Sequence[Mapping[str, str]] = ()
    places: Sequence[Mapping[str, Json]] = ()
    waterfalls: Sequence[Mapping[str, Json]] = ()
    chain: Sequence[Mapping[str, Json]] = ()
    custody: Sequence[Mapping[str, Json]] = ()
    history: Sequence[Mapping[str, Json]] = ()
    drawings: Sequence[str] = ()
    names_shown: bool = False
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Heights:
    """Heights of a specimen on a grid: x to the right, y downwards, row by row; `missing` where the instrument has none."""

    columns: int
    rows: int
    pitch_um: float
    x0_um: float
    y0_um: float
    scale_um: float
    steps: array.array[int] = field(repr=False)
    missing: int = -32768

    def at(self, column: int, row: int) -> float | None:
        """The height of a point in um; none where it is missing."""
        step = self.steps[row * self.columns + column]
        return None if step == self.missing else step * self.scale_um


# The client


class Client:
    """A client of one service. With a token it acts with the token's role; otherwise `sign_in` first.

    `language` is that of problems and reports, `en` or `es`. Passwords and tokens go over TLS: plain HTTP is taken for this
    computer only, or with `plain_http=True`.
    """

    def __init__(
        self,
        base: str,
        token: str | None = None,
        *,
        language: str = "en",
        timeout: float = 120.0,
        retries: int = 4,
        plain_http: bool = False,
    ) -> None:
        parts = urllib.parse.urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"base: expected http://... or https://..., got {base!r}")
        if parts.scheme == "http" and not plain_http and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError(
                "base: expected https://, because secrets would travel in the clear; plain_http=True takes it nevertheless"
            )
        self._base = base.rstrip("/")
        self._token = token
        self._csrf: str | None = None
        self._retries = retries
        self.language = language
        self.timeout = timeout
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), _NoRedirect()
        )

    @classmethod
    def from_environment(cls, **how: Any) -> Client:
        """A client of the service in `$BRASSLINK` with the token in `$TOKEN`."""
        return cls(os.environ["BRASSLINK"], os.environ.get("TOKEN"), **how)

    # Who is there

    def sign_in(self, name: str, password: str) -> Mapping[str, Json]:
        """Signs in with name and password; gives the account."""
        told = self._json("POST", "/api/v1/session", {"name": name, "password": password})
        self._csrf = told.get("csrf")
        return _object(told["account"])

    def sign_out(self) -> None:
        """Ends the session."""
        self._send("DELETE", "/api/v1/session")
        self._csrf = None

    def whoami(self) -> Mapping[str, Json]:
        """The account that acts here: name and role."""
        return _object(self._json("GET", "/api/v1/session")["account"])

    def make_token(self, label: str, days: int = 90) -> str:
        """Makes a token with one's own role and gives its secret, which the service tells this once. Needs `sign_in`."""
        return str(self._json("POST", "/api/v1/tokens", {"label": label, "days": days})["secret"])

    def status(self) -> Mapping[str, Json]:
        """Numbers of the gallery: marks, generation, version, parameters."""
        return _object(self._json("GET", "/api/v1/status"))

    # Submission

    def submit(
        self,
        exhibit: str,
        files: Iterable[Source],
        *,
        incident: str | None = None,
        incident_date: str | None = None,
        firearm: str | None = None,
        specimen: str | None = None,
        calibre: str | None = None,
        instrument: str | None = None,
        idempotency_key: str | None = None,
        in_pieces_from: int = IN_PIECES_FROM,
    ) -> list[Submitted]:
        """Submits the files of one exhibit, each a path or (name, bytes), and gives what became of each.

        Evidence names its incident, test fires their firearm. Long files go in pieces. The request carries an idempotency key, so
        that a broken connection never submits twice; give one of your own to repeat a request of an earlier run.
        """
        named = {
            "exhibit": exhibit,
            "incident": incident,
            "incident_date": incident_date,
            "firearm": firearm,
            "specimen": specimen,
            "calibre": calibre,
            "instrument": instrument,
        }
        form: list[tuple[str, str | None, bytes]] = [
            (name, None, value.encode()) for name, value in named.items() if value
        ]
        for source in files:
            name, length = _measured(source)
            if length >= in_pieces_from:
                form.append(("upload", None, self.upload(source).encode()))
            else:
                form.append(("file", name, _bytes_of(source)))
        body, kind = _multipart(form)
        headers = {"Content-Type": kind, "Idempotency-Key": idempotency_key or secrets.token_hex(16)}
        told = json.loads(self._send("POST", "/api/v1/submissions", body, headers, again=True))
        return [_made(Submitted, one) for one in told]

    def upload(self, source: Source, *, piece: int = PIECE, told: Callable[[int, int], None] | None = None) -> str:
        """Sends a file in pieces and gives the identifier that `submit` would name. `told(bytes, of)` hears of each piece.

        After a broken connection it goes on where the service's copy ends.
        """
        name, length = _measured(source)
        digest = _digest_of(source)
        begun = self._json("POST", "/api/v1/uploads", {"name": name, "bytes": length, "sha256": digest})
        path = f"/api/v1/uploads/{_part(begun['id'])}"
        offset = int(begun.get("offset", 0))
        failures = 0
        while offset < length:
            sent = _piece_of(source, offset, piece)
            try:
                headers = {"Content-Type": "application/octet-stream", "Upload-Offset": str(offset)}
                offset = int(json.loads(self._send("PATCH", path, sent, headers))["offset"])
                failures = 0
            except (ConflictFound, OSError, http.client.HTTPException):
                failures += 1
                if failures > self._retries:
                    raise
                time.sleep(min(2.0**failures, 20.0))
                offset = int(self._json("GET", path)["offset"])
            if told:
                told(offset, length)
        return str(begun["id"])

    # Gallery

    def specimens(self, contains: str | None = None, *, page: int = 200) -> Iterator[Specimen]:
        """Specimens in the order of their identifiers, fetched a page at a time as they are asked for."""
        after: str | None = None
        while True:
            rows = self._json("GET", "/api/v1/specimens", query={"after": after, "limit": page, "contains": contains})
            for row in rows:
                yield _made(Specimen, row)
            if len(rows) < page:
                return
            after = rows[-1]["id"]

    def specimen(self, specimen: str) -> Mapping[str, Json]:
        """A specimen with its exhibit, acquisitions and what the quality gate said of each."""
        return _object(self._json("GET", f"/api/v1/specimens/{_part(specimen)}"))

    def breech_face(self, specimen: str, pixels: int = 512) -> bytes:
        """The breech face under virtual light, as PNG."""
        return self._send("GET", f"/api/v1/specimens/{_part(specimen)}/breech-face.png", query={"pixels": pixels})

    def heights(self, specimen: str, layer: str = "surface", most: int = 1024) -> Heights:
        """Heights of a specimen: `surface`, or the band-passed mark, `coarse` or `fine`."""
        told = self._send("GET", f"/api/v1/specimens/{_part(specimen)}/heights", query={"layer": layer, "most": most})
        if told[:4] != b"BLH1":
            raise ValueError("heights: expected BLH1")
        columns, rows, pitch, x0, y0, scale = struct.unpack_from("<IIdddd", told, 4)
        steps = array.array("h")
        steps.frombytes(told[44 : 44 + 2 * columns * rows])
        if sys.byteorder == "big":
            steps.byteswap()
        return Heights(columns, rows, pitch, x0, y0, scale, steps)

    # Search

    def correlate(
        self, exhibits: Iterable[str] = (), *, exhaustive: bool = False, filter: Mapping[str, str] | None = None
    ) -> Job:
        """Queues a search with exhibits, specimens or incidents; with none, the whole gallery, as far as it was not asked yet.

        `filter` narrows the candidates: calibre, country, state, from, to, kind. What is not known of a case stays in.
        """
        asked: dict[str, Json] = {"exhibits": list(exhibits), "exhaustive": exhaustive}
        if filter:
            asked["filter"] = dict(filter)
        return _made(Job, self._json("POST", "/api/v1/jobs", asked))

    def audit_funnel(self, sample: int = 20, seed: int = 0) -> Job:
        """Queues an audit of the search's stages: so many past searches are done again comparing with everything. For examiners and administrators."""
        return _made(Job, self._json("POST", "/api/v1/funnel-audits", {"sample": sample, "seed": seed}))

    def job(self, job: Job | int) -> Job:
        """A job as it is now."""
        return _made(Job, self._json("GET", f"/api/v1/jobs/{_number_of(job)}"))

    def jobs(self) -> list[Job]:
        """The newest jobs, the newest first."""
        return [_made(Job, one) for one in self._json("GET", "/api/v1/jobs")]

    def stop(self, job: Job | int) -> Job:
        """Stops a job; what it has done is kept."""
        return _made(Job, self._json("POST", f"/api/v1/jobs/{_number_of(job)}/stop"))

    def wait(
        self, job: Job | int, *, timeout: float = 3_600.0, every: float = 1.0, told: Callable[[Job], None] | None = None
    ) -> Job:
        """Waits until a job is over; `told` hears how far it is. Raises `JobFailed` unless it is done, `TimeoutError` after `timeout`."""
        ends = time.monotonic() + timeout
        while True:
            now = self.job(job)
            if told:
                told(now)
            if now.state == "done":
                return now
            if now.is_over:
                raise JobFailed(now)
            if time.monotonic() + every > ends:
                raise TimeoutError(f"job {now.id}: still {now.state} after {timeout:.0f} s")
            time.sleep(every)

    def correlation(self, specimen: str) -> CorrelationList:
        """The latest list of a specimen; `NotFound` where it was not searched yet."""
        return _made(CorrelationList, self._json("GET", f"/api/v1/specimens/{_part(specimen)}/correlation"))

    def compare(self, reference: str, comparison: str) -> Comparison:
        """Compares two specimens."""
        return _made(
            Comparison,
            self._json("GET", "/api/v1/comparison", query={"reference": reference, "comparison": comparison}),
        )

    def comparison_svg(self, reference: str, comparison: str) -> bytes:
        """The pair explained, as SVG."""
        return self._send("GET", "/api/v1/comparison.svg", query={"reference": reference, "comparison": comparison})

    # Leads

    def leads(self, state: str | None = None, *, page: int = 200) -> Iterator[Lead]:
        """Leads, the newest first, fetched a page at a time; of one state where it is given."""
        after: str | None = None
        while True:
            rows = self._json("GET", "/api/v1/leads", query={"state": state, "after": after, "limit": page})
            for row in rows:
                yield _made(Lead, row)
            if len(rows) < page:
                return
            after = rows[-1]["id"]

    def lead(self, lead: str) -> LeadFile:
        """A lead with its history and both sides."""
        return _made(LeadFile, self._json("GET", f"/api/v1/leads/{_part(lead)}"))

    def make_lead(self, first: str, second: str, reason: str) -> LeadFile:
        """A person makes a lead of two specimens."""
        made = self._json("POST", "/api/v1/leads", {"first": first, "second": second, "reason": reason})
        return self.lead(str(made["id"]))

    def judge(self, lead: str, reason: str) -> LeadFile:
        """Makes a lead of a candidate that you judged on screen."""
        return self._step(lead, {"step": "judge", "reason": reason})

    def examine(self, lead: str) -> LeadFile:
        """Takes the physical specimens; for examiners."""
        return self._step(lead, {"step": "examine"})

    def conclude(self, lead: str, conclusion: str, reason: str) -> LeadFile:
        """Your conclusion on the physical specimens, one of `CONCLUSIONS`; for examiners. A second examiner reviews it."""
        if conclusion not in CONCLUSIONS:
            raise ValueError(f"conclusion: expected one of {', '.join(CONCLUSIONS)}, got {conclusion!r}")
        return self._step(lead, {"step": "conclude", "conclusion": conclusion, "reason": reason})

    def review(self, lead: str, agrees: bool, reason: str) -> LeadFile:
        """Reviews another examiner's conclusion; never one's own."""
        return self._step(lead, {"step": "review", "agrees": agrees, "reason": reason})

    def withdraw(self, lead: str, reason: str) -> LeadFile:
        """Takes a lead back."""
        return self._step(lead, {"step": "withdraw", "reason": reason})

    def what_if(self, lead: str) -> Mapping[str, Json]:
        """What would go if the lead were excluded; nothing is changed."""
        return _object(self._json("GET", f"/api/v1/leads/{_part(lead)}/what-if"))

    def views(self, lead: str) -> list[SavedView]:
        """Pictures that were kept on the bench for a lead."""
        return [_made(SavedView, one) for one in self._json("GET", f"/api/v1/leads/{_part(lead)}/views")]

    def view(self, lead: str, digest: str) -> bytes:
        """One of them, as PNG."""
        return self._send("GET", f"/api/v1/leads/{_part(lead)}/views/{_part(digest)}.png")

    def _step(self, lead: str, step: Mapping[str, Json]) -> LeadFile:
        self._json("POST", f"/api/v1/leads/{_part(lead)}/steps", step)
        return self.lead(lead)

    # Traces and investigation

    def traces(self, subject: str) -> Mapping[str, Json]:
        """What is known around a firearm, specimen, incident or trace; personal data are masked."""
        return _object(self._json("GET", f"/api/v1/traces/{_part(subject)}"))

    def investigation(self, lead: str, *, purpose: str | None = None, case_number: str | None = None) -> Investigation:
        """Where a lead leads. With purpose and case number an examiner or analyst sees names of persons; the look is logged."""
        return _made(Investigation, json.loads(self._of_lead(lead, "investigation", purpose, case_number)))

    def drawing(self, lead: str, name: str, *, purpose: str | None = None, case_number: str | None = None) -> bytes:
        """A drawing of an investigation as SVG: one of `Investigation.drawings`."""
        return self._of_lead(lead, f"drawings/{_part(name)}.svg", purpose, case_number)

    def report(
        self, lead: str, kind: str = "pdf", *, purpose: str | None = None, case_number: str | None = None
    ) -> bytes:
        """The report of a lead, `pdf` or `html`."""
        return self._of_lead(lead, f"report.{_part(kind)}", purpose, case_number)

    def save_report(
        self, lead: str, to: str | os.PathLike[str], *, purpose: str | None = None, case_number: str | None = None
    ) -> Path:
        """Stores the report of a lead in a file; its ending, `.pdf` or `.html`, says which."""
        path = Path(to)
        path.write_bytes(
            self.report(lead, path.suffix.lstrip(".").lower() or "pdf", purpose=purpose, case_number=case_number)
        )
        return path

    def export(self, lead: str, kind: str, *, purpose: str | None = None, case_number: str | None = None) -> bytes:
        """What a lead is joined to, for other programs: one of `EXPORTS`."""
        return self._of_lead(lead, f"export/{_part(kind)}", purpose, case_number)

    def _of_lead(self, lead: str, what: str, purpose: str | None, case_number: str | None) -> bytes:
        if bool(purpose) != bool(case_number):
            raise ValueError("purpose and case_number: expected both or neither")
        headers = {}
        if purpose and case_number:
            headers = {
                "X-Purpose": urllib.parse.quote(purpose, safe=""),
                "X-Case-Number": urllib.parse.quote(case_number, safe=""),
            }
        return self._send("GET", f"/api/v1/leads/{_part(lead)}/{what}", headers=headers)

    # Requests

    def _json(self, method: str, path: str, given: Json = None, query: Mapping[str, Json] | None = None) -> Json:
        body = None if given is None else json.dumps(given).encode()
        headers = {} if given is None else {"Content-Type": "application/json"}
        told = self._send(method, path, body, headers, query=query)
        return json.loads(told) if told else None

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, Json] | None = None,
        again: bool = False,
    ) -> bytes:
        """Sends a request and gives the answer's bytes. What only reads, or may be repeated (`again`), is tried anew after a broken connection."""
        asked = {key: value for key, value in (query or {}).items() if value is not None and value != ""}
        url = self._base + path + (f"?{urllib.parse.urlencode(asked)}" if asked else "")
        sent = {"Accept-Language": self.language, **(headers or {})}
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        if self._csrf and method != "GET":
            sent["X-CSRF-Token"] = self._csrf
        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            try:
                with self._opener.open(
                    urllib.request.Request(url, data=body, headers=sent, method=method), timeout=self.timeout
                ) as answer:
                    return bytes(answer.read())
            except urllib.error.HTTPError as error:
                problem = _problem(error)
                # A request that was turned away for its number was not begun: it may be sent again.
                if last or problem.status != 429:
                    raise problem from None
                time.sleep(problem.retry_after or 2.0**attempt)
            except (OSError, http.client.HTTPException):
                if last or not (method == "GET" or again):
                    raise
                time.sleep(min(2.0**attempt, 20.0))
        raise AssertionError("every attempt returns or raises")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The service never redirects, and a token is not carried elsewhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _problem(error: urllib.error.HTTPError) -> Problem:
    try:
        told = json.loads(error.read())
    except (ValueError, OSError):
        told = {}
    if not isinstance(told, dict):
        told = {}
    kind = str(told.get("type", "fault"))
    retry = told.get("retry_after_s")
    made = _PROBLEMS.get(kind, Problem)
    return made(
        kind,
        str(told.get("title", f"HTTP {error.code}")),
        error.code,
        str(told.get("detail", "")),
        None if retry is None else float(retry),
    )


def _part(text: str) -> str:
    """An identifier within a path."""
    return urllib.parse.quote(text, safe="")


def _object(told: Json) -> Mapping[str, Json]:
    if not isinstance(told, dict):
        raise ValueError("expected an object")
    return told


def _number_of(job: Job | int) -> int:
    return job.id if isinstance(job, Job) else job


_WITHIN: dict[str, Callable[[Json], Json]] = {
    "pose": lambda told: _made(Pose, told or {}),
    "about": lambda told: _made(Specimen, told) if told else None,
    "query": lambda told: _made(Specimen, told),
    "candidates": lambda told: [_made(Candidate, one) for one in told],
    "cell_list": lambda told: [_made(Cell, one) for one in told],
    "row": lambda told: _made(Lead, told),
    "sides": lambda told: [_made(Specimen, one) for one in told],
    "indicators": lambda told: [_made(Indicator, one) for one in told],
    "conflicts": lambda told: [_made(Conflict, one) for one in told],
    "log10_lr_interval": lambda told: None if told is None else (told[0], told[1]),
}


def _made(kind: type[T], told: Mapping[str, Json]) -> T:
    """A dataclass of what the service told; what this version does not know is kept in `raw`, what it misses keeps its default."""
    names = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Json] = {
        name: _WITHIN[name](value) if name in _WITHIN else value
        for name, value in told.items()
        if name in names and name != "raw"
    }
    if kind is Investigation:
        values["lead"] = _made(Lead, told["lead"])
    if "raw" in names:
        values["raw"] = told
    return kind(**values)


# Files


def _measured(source: Source) -> tuple[str, int]:
    if isinstance(source, tuple):
        return source[0], len(source[1])
    path = Path(source)
    return path.name, path.stat().st_size


def _bytes_of(source: Source) -> bytes:
    return source[1] if isinstance(source, tuple) else Path(source).read_bytes()


def _piece_of(source: Source, offset: int, length: int) -> bytes:
    if isinstance(source, tuple):
        return source[1][offset : offset + length]
    with open(source, "rb") as file:
        file.seek(offset)
        return file.read(length)


def _digest_of(source: Source) -> str:
    digest = hashlib.sha256()
    _, length = _measured(source)
    for offset in range(0, length, PIECE):
        digest.update(_piece_of(source, offset, PIECE))
    return digest.hexdigest()


def _multipart(form: Iterable[tuple[str, str | None, bytes]]) -> tuple[bytes, str]:
    """A form as multipart/form-data: its bytes and content type."""
    boundary = secrets.token_hex(16)
    body = bytearray()
    for name, file, value in form:
        shown = f'form-data; name="{name}"'
        if file is not None:
            escaped = file.replace("\\", "_").replace('"', "%22").replace("\r", "").replace("\n", "")
            shown += f'; filename="{escaped}"'
        body += f"--{boundary}\r\nContent-Disposition: {shown}\r\n".encode()
        body += (b"" if file is None else b"Content-Type: application/octet-stream\r\n") + b"\r\n" + value + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return bytes(body), f"multipart/form-data; boundary={boundary}"
