//! The tables that are imported, and the columns that each may have.

use crate::language::Language;
use crate::trace::vocabulary::words;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

words! {
    /// A column that a table of traces or firearms may have.
    Field {
        /// Trace number.
        Trace = "trace", "trace number", "número de rastreo";
        /// Firearm number of the laboratory.
        Firearm = "firearm", "firearm", "arma";
        /// Status of the request.
        Status = "status", "status", "estatus";
        /// Why it was closed.
        CloseReason = "close_reason", "close reason", "motivo de cierre";
        /// When it was asked for.
        RequestedOn = "requested_on", "request date", "fecha de solicitud";
        /// When it was completed.
        CompletedOn = "completed_on", "completion date", "fecha de conclusión";
        /// Priority.
        Priority = "priority", "priority", "prioridad";
        /// NCIC crime code.
        CrimeCode = "crime_code", "crime code", "código de delito";
        /// Project code.
        ProjectCode = "project_code", "project code", "código de proyecto";
        /// Serial number.
        Serial = "serial", "serial number", "número de serie";
        /// What is known of it.
        SerialState = "serial_state", "state of the serial number", "estado del número de serie";
        /// Serial number of the slide.
        SlideSerial = "slide_serial", "slide serial number", "número de serie de la corredera";
        /// Further markings.
        Markings = "markings", "further markings", "otras marcas";
        /// Maker.
        Maker = "maker", "manufacturer", "marca";
        /// Model.
        Model = "model", "model", "modelo";
        /// Calibre.
        Calibre = "calibre", "caliber", "calibre";
        /// Type of firearm.
        FirearmType = "firearm_type", "type", "tipo de arma";
        /// Importer.
        Importer = "importer", "importer", "importador";
        /// Country of origin.
        CountryOfOrigin = "country_of_origin", "country of origin", "país de origen";
        /// Recovery date.
        RecoveredOn = "recovered_on", "recovery date", "fecha de aseguramiento";
        /// City of recovery.
        RecoveryCity = "recovery_city", "recovery city", "municipio";
        /// State of recovery.
        RecoveryState = "recovery_state", "recovery state", "entidad";
        /// Country of recovery.
        RecoveryCountry = "recovery_country", "recovery country", "país";
        /// Agency.
        Agency = "agency", "requesting agency", "autoridad solicitante";
        /// ORI.
        Ori = "ori", "ORI", "ORI";
        /// Officer.
        Officer = "officer", "officer", "agente";
        /// Case number.
        CaseNumber = "case_number", "case number", "carpeta de investigación";
        /// Item.
        Item = "item", "item", "indicio";
        /// NIC number.
        NicNumber = "nic_number", "NIC number", "número NIC";
        /// Obliterated flag.
        Obliterated = "obliterated", "obliterated", "borrada";
        /// Possessor.
        Possessor = "possessor", "possessor", "poseedor";
        /// Place in the chain of sale.
        Disposition = "disposition", "disposition", "disposición";
        /// Kind of party in the chain.
        DispositionKind = "disposition_kind", "disposition kind", "tipo de disposición";
        /// Name of the party.
        DispositionName = "disposition_name", "disposition name", "nombre en la disposición";
        /// City of the party.
        DispositionCity = "disposition_city", "disposition city", "municipio de la disposición";
        /// State of the party.
        DispositionState = "disposition_state", "disposition state", "entidad de la disposición";
        /// Country of the party.
        DispositionCountry = "disposition_country", "disposition country", "país de la disposición";
        /// Licence number of the party.
        Ffl = "ffl", "FFL number", "licencia FFL";
        /// When the firearm came to the party.
        DispositionDate = "disposition_date", "disposition date", "fecha de la disposición";
        /// Dealer, where there are no dispositions.
        Dealer = "dealer", "dealer", "armería";
        /// Purchaser.
        Purchaser = "purchaser", "purchaser", "comprador";
        /// Purchase date.
        PurchasedOn = "purchased_on", "purchase date", "fecha de compra";
        /// Time-to-crime in days.
        TimeToCrime = "time_to_crime", "time to crime", "tiempo al delito";
        /// Multiple sale.
        MultipleSale = "multiple_sale", "multiple sale", "venta múltiple";
        /// Theft from a dealer.
        TheftFromDealer = "theft_from_dealer", "theft from dealer", "robo a armería";
        /// Specimen of a test fire.
        Specimen = "specimen", "specimen", "espécimen";
        /// Exhibit of a test fire.
        Exhibit = "exhibit", "exhibit", "indicio de prueba";
        /// When the test fire was.
        FiredOn = "fired_on", "date of the test fire", "fecha del disparo de prueba";
        /// Who fired it.
        FiredBy = "fired_by", "fired by", "disparado por";
        /// Who handed an item over.
        CustodyFrom = "custody_from", "from", "entrega";
        /// Who took it.
        CustodyTo = "custody_to", "to", "recibe";
        /// When.
        MovedOn = "moved_on", "date of transfer", "fecha de entrega";
        /// Why.
        Reason = "reason", "reason", "motivo";
        /// Date of a transaction.
        SoldOn = "sold_on", "date of transaction", "fecha de operación";
        /// Who gave the firearm away.
        Seller = "seller", "from", "vendedor";
        /// What that party is.
        SellerKind = "seller_kind", "kind of seller", "tipo de vendedor";
        /// Licence of that party.
        SellerFfl = "seller_ffl", "FFL of seller", "licencia del vendedor";
        /// Who took the firearm.
        Buyer = "buyer", "to", "comprador o adquirente";
        /// What that party is.
        BuyerKind = "buyer_kind", "kind of buyer", "tipo de adquirente";
        /// Licence of that party.
        BuyerFfl = "buyer_ffl", "FFL of buyer", "licencia del adquirente";
        /// City of that party.
        BuyerCity = "buyer_city", "city of buyer", "municipio del adquirente";
        /// State of that party.
        BuyerState = "buyer_state", "state of buyer", "entidad del adquirente";
        /// Country of that party.
        BuyerCountry = "buyer_country", "country of buyer", "país del adquirente";
        /// Number of the document that records it.
        Invoice = "invoice", "document", "documento";
    }
}

impl Field {
    /// Whether the column holds dates.
    #[must_use]
    pub const fn is_date(&self) -> bool {
        matches!(
            self,
            Self::RequestedOn
                | Self::CompletedOn
                | Self::RecoveredOn
                | Self::DispositionDate
                | Self::PurchasedOn
                | Self::FiredOn
                | Self::MovedOn
                | Self::SoldOn
        )
    }

    /// Whether the column may name a private person; a preview masks it.
    #[must_use]
    pub const fn is_personal(&self) -> bool {
        matches!(
            self,
            Self::Officer
                | Self::Possessor
                | Self::Purchaser
                | Self::DispositionName
                | Self::FiredBy
                | Self::CustodyFrom
                | Self::CustodyTo
                | Self::Seller
                | Self::Buyer
        )
    }

    /// Whether the column holds numbers of things, in which digits are to be expected.
    #[must_use]
    pub const fn is_code(&self) -> bool {
        matches!(
            self,
            Self::Trace
                | Self::Firearm
                | Self::Serial
                | Self::SlideSerial
                | Self::CaseNumber
                | Self::Item
                | Self::NicNumber
                | Self::Ori
                | Self::Ffl
                | Self::SellerFfl
                | Self::BuyerFfl
                | Self::Disposition
                | Self::TimeToCrime
                | Self::Specimen
                | Self::Exhibit
                | Self::Invoice
        )
    }

    /// Whether a table of this kind may have the column.
    #[must_use]
    pub const fn belongs_to(&self, table: TableKind) -> bool {
        use Field as F;
        match table {
            TableKind::Traces => !matches!(self, F::Firearm) && !self.is_of_registers(),
            TableKind::Firearms => {
                self.is_of_firearm()
                    || matches!(
                        self,
                        F::Firearm
                            | F::Trace
                            | F::Item
                            | F::NicNumber
                            | F::CaseNumber
                            | F::Agency
                            | F::Ori
                            | F::RecoveredOn
                            | F::RecoveryCity
                            | F::RecoveryState
                            | F::RecoveryCountry
                            | F::Obliterated
                    )
            }
            TableKind::TestFires => {
                matches!(self, F::Specimen | F::Exhibit | F::Firearm | F::FiredOn | F::FiredBy)
            }
            TableKind::Custody => matches!(
                self,
                F::Item | F::Firearm | F::CustodyFrom | F::CustodyTo | F::MovedOn | F::Reason | F::CaseNumber
            ),
            TableKind::Transactions => {
                self.is_of_firearm()
                    || matches!(
                        self,
                        F::SoldOn
                            | F::Seller
                            | F::SellerKind
                            | F::SellerFfl
                            | F::Buyer
                            | F::BuyerKind
                            | F::BuyerFfl
                            | F::BuyerCity
                            | F::BuyerState
                            | F::BuyerCountry
                            | F::Invoice
                    )
            }
        }
    }

    const fn is_of_firearm(&self) -> bool {
        matches!(
            self,
            Self::Serial
                | Self::SerialState
                | Self::SlideSerial
                | Self::Maker
                | Self::Model
                | Self::Calibre
                | Self::FirearmType
                | Self::Importer
                | Self::CountryOfOrigin
        )
    }

    const fn is_of_registers(&self) -> bool {
        matches!(
            self,
            Self::Specimen
                | Self::Exhibit
                | Self::FiredOn
                | Self::FiredBy
                | Self::CustodyFrom
                | Self::CustodyTo
                | Self::MovedOn
                | Self::Reason
                | Self::SoldOn
                | Self::Seller
                | Self::SellerKind
                | Self::SellerFfl
                | Self::Buyer
                | Self::BuyerKind
                | Self::BuyerFfl
                | Self::BuyerCity
                | Self::BuyerState
                | Self::BuyerCountry
                | Self::Invoice
        )
    }
}

/// Which table a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// Trace records.
    Traces,
    /// The laboratory's register of firearms.
    Firearms,
    /// Which specimen was fired from which firearm.
    TestFires,
    /// Who handed which item to whom.
    Custody,
    /// Who sold which firearm to whom.
    Transactions,
}

impl TableKind {
    /// Every kind, in the order in which they are tried.
    pub const ALL: [Self; 5] = [Self::Traces, Self::Firearms, Self::TestFires, Self::Custody, Self::Transactions];

    /// The columns without which it is no such table; of each group one is enough.
    #[must_use]
    pub const fn needs(self) -> &'static [&'static [Field]] {
        match self {
            Self::Traces => &[&[Field::Trace], &[Field::Serial]],
            Self::Firearms => &[&[Field::Firearm], &[Field::Serial]],
            Self::TestFires => &[&[Field::Specimen], &[Field::Firearm]],
            Self::Custody => &[&[Field::Item, Field::Firearm], &[Field::CustodyTo], &[Field::MovedOn]],
            Self::Transactions => &[&[Field::Serial], &[Field::Buyer], &[Field::SoldOn]],
        }
    }

    /// Its name in profiles and options.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Firearms => "firearms",
            Self::TestFires => "test_fires",
            Self::Custody => "custody",
            Self::Transactions => "transactions",
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn name(self, language: Language) -> &'static str {
        let (en, es) = match self {
            Self::Traces => ("trace records", "registros de rastreo"),
            Self::Firearms => ("register of firearms", "registro de armas"),
            Self::TestFires => ("register of test fires", "registro de disparos de prueba"),
            Self::Custody => ("register of custody", "registro de custodia"),
            Self::Transactions => ("transactions", "operaciones de compraventa"),
        };
        match language {
            Language::En => en,
            Language::Es => es,
        }
    }
}
