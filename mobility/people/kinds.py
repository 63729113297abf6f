"""The words of a person's file: each StrEnum with its French labels beside it."""

from __future__ import annotations

from enum import StrEnum


class PersonStatus(StrEnum):
    """The situation of the person; prices and rights of some aids depend on it."""

    RSA = "rsa"
    JOB_SEEKER = "job_seeker"
    EMPLOYEE = "employee"
    TRAINEE = "trainee"
    APPRENTICE = "apprentice"
    INTEGRATION_WORKER = "integration_worker"
    DISABLED_WORKER = "disabled_worker"
    SELF_EMPLOYED = "self_employed"
    STUDENT = "student"
    OTHER = "other"


class Phase(StrEnum):
    """Where a person stands with us, from the first word to the last."""

    WELCOME = "welcome"
    DIAGNOSIS = "diagnosis"
    COACHING = "coaching"
    FOLLOW_UP = "follow_up"
    WATCH = "watch"
    LEFT = "left"


PHASE_LABELS: dict[Phase, str] = {
    Phase.WELCOME: "Accueil",
    Phase.DIAGNOSIS: "Diagnostic",
    Phase.COACHING: "Accompagnement renforcé",
    Phase.FOLLOW_UP: "Suivi",
    Phase.WATCH: "Veille",
    Phase.LEFT: "Sorti",
}
PHASE_HINTS: dict[Phase, str] = {
    Phase.WELCOME: "La personne vient d’arriver.",
    Phase.DIAGNOSIS: "On fait le point sur sa mobilité.",
    Phase.COACHING: "Des rendez-vous rapprochés, pendant quelques mois.",
    Phase.FOLLOW_UP: "Le parcours avance, on se voit régulièrement.",
    Phase.WATCH: "Tout va bien : un contact de temps en temps.",
    Phase.LEFT: "L’accompagnement est terminé.",
}
STATUS_LABELS: dict[PersonStatus, str] = {
    PersonStatus.RSA: "Bénéficiaire du RSA",
    PersonStatus.JOB_SEEKER: "En recherche d’emploi",
    PersonStatus.EMPLOYEE: "En emploi",
    PersonStatus.TRAINEE: "En formation",
    PersonStatus.APPRENTICE: "En apprentissage",
    PersonStatus.INTEGRATION_WORKER: "En insertion (chantier, entreprise d’insertion)",
    PersonStatus.DISABLED_WORKER: "Travailleur handicapé reconnu",
    PersonStatus.SELF_EMPLOYED: "À son compte",
    PersonStatus.STUDENT: "Élève ou étudiant",
    PersonStatus.OTHER: "Autre situation",
}


class ReadingEase(StrEnum):
    """How far written messages can be relied upon."""

    EASY = "easy"
    SLOW = "slow"
    ORAL = "oral"


READING_LABELS: dict[ReadingEase, str] = {
    ReadingEase.EASY: "Lit sans difficulté",
    ReadingEase.SLOW: "Lit lentement : phrases courtes",
    ReadingEase.ORAL: "Préfère qu’on lui parle",
}

LANGUAGES: dict[str, str] = {
    "fr": "Français",
    "ar": "Arabe",
    "en": "Anglais",
    "es": "Espagnol",
    "it": "Italien",
    "fa": "Persan, dari",
    "pl": "Polonais",
    "ps": "Pachto",
    "pt": "Portugais",
    "ro": "Roumain",
    "ru": "Russe",
    "sq": "Albanais",
    "ti": "Tigrinya",
    "tr": "Turc",
    "uk": "Ukrainien",
    "zh": "Chinois",
    "fsl": "Langue des signes française",
    "oth": "Autre langue",
}


class LegalProtection(StrEnum):
    """A measure of protection under which an adult stands."""

    NONE = "none"
    GUARDIANSHIP = "guardianship"
    CURATORSHIP = "curatorship"
    FAMILY = "family"


PROTECTION_LABELS: dict[LegalProtection, str] = {
    LegalProtection.NONE: "Aucune",
    LegalProtection.GUARDIANSHIP: "Tutelle",
    LegalProtection.CURATORSHIP: "Curatelle",
    LegalProtection.FAMILY: "Habilitation familiale",
}


class LicenceCategory(StrEnum):
    """Categories of the driving licence that an aid may ask for."""

    AM = "AM"
    A1 = "A1"
    A2 = "A2"
    A = "A"
    B1 = "B1"
    B = "B"
    BE = "BE"
    C = "C"
    D = "D"


LICENCE_LABELS: dict[LicenceCategory, str] = {
    LicenceCategory.AM: "AM (cyclomoteur, voiture sans permis)",
    LicenceCategory.A1: "A1 (moto légère)",
    LicenceCategory.A2: "A2 (moto intermédiaire)",
    LicenceCategory.A: "A (moto)",
    LicenceCategory.B1: "B1 (quadricycle lourd)",
    LicenceCategory.B: "B (voiture)",
    LicenceCategory.BE: "BE (voiture et remorque)",
    LicenceCategory.C: "C (poids lourd)",
    LicenceCategory.D: "D (transport de personnes)",
}


class ConsentKind(StrEnum):
    """What a person may agree to, and take back, one by one."""

    SHARE_WITH_PRESCRIBER = "share_with_prescriber"
    SHARE_WITH_EMPLOYER = "share_with_employer"
    CARPOOL_MATCHING = "carpool_matching"
    PHOTO = "photo"
    SURVEYS = "surveys"


CONSENT_LABELS: dict[ConsentKind, str] = {
    ConsentKind.SHARE_WITH_PRESCRIBER: "Tenir au courant la structure qui a orienté la personne",
    ConsentKind.SHARE_WITH_EMPLOYER: "Échanger avec l’employeur ou l’organisme de formation",
    ConsentKind.CARPOOL_MATCHING: "Proposer des covoiturages à partir de ses trajets",
    ConsentKind.PHOTO: "Garder une photo",
    ConsentKind.SURVEYS: "Poser quelques questions après l’accompagnement",
}


class ConsentManner(StrEnum):
    """How the agreement was given."""

    WRITTEN = "written"
    SPOKEN = "spoken"
    ONLINE = "online"


MANNER_LABELS: dict[ConsentManner, str] = {
    ConsentManner.WRITTEN: "Par écrit",
    ConsentManner.SPOKEN: "De vive voix",
    ConsentManner.ONLINE: "En ligne",
}


class RepresentativeKind(StrEnum):
    """In which quality somebody signs for the person."""

    PARENT = "parent"
    GUARDIAN = "guardian"
    CURATOR = "curator"
    FAMILY = "family"
    INSTITUTION = "institution"


REPRESENTATIVE_LABELS: dict[RepresentativeKind, str] = {
    RepresentativeKind.PARENT: "Parent (autorité parentale)",
    RepresentativeKind.GUARDIAN: "Tuteur ou tutrice",
    RepresentativeKind.CURATOR: "Curateur ou curatrice",
    RepresentativeKind.FAMILY: "Proche habilité",
    RepresentativeKind.INSTITUTION: "Service (aide sociale à l’enfance, association tutélaire)",
}


class NoteKind(StrEnum):
    """How somebody got in touch."""

    CALL = "call"
    WALK_IN = "walk_in"
    MESSAGE = "message"


NOTE_LABELS: dict[NoteKind, str] = {
    NoteKind.CALL: "Appel",
    NoteKind.WALK_IN: "Passage à l’antenne",
    NoteKind.MESSAGE: "Message",
}


class RightsKind(StrEnum):
    """What a person may ask of the manager, who owes an answer in time: rights on their data, or a complaint."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    COMPLAINT = "complaint"


RIGHTS_LABELS: dict[RightsKind, str] = {
    RightsKind.ACCESS: "Recevoir une copie de ses données",
    RightsKind.RECTIFICATION: "Corriger ses données",
    RightsKind.ERASURE: "Effacer ses données",
    RightsKind.COMPLAINT: "Réclamation",
}


class RightsState(StrEnum):
    """Where a rights request stands."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


RIGHTS_STATE_LABELS: dict[RightsState, str] = {
    RightsState.OPEN: "À traiter",
    RightsState.DONE: "Traitée",
    RightsState.REFUSED: "Refusée",
}


class RightsAction(StrEnum):
    """What can be done with a rights request."""

    EXTEND = "extend"
    FULFIL = "fulfil"
    REFUSE = "refuse"


class RequestChannel(StrEnum):
    """How a rights request came in."""

    PORTAL = "portal"
    DESK = "desk"
    PHONE = "phone"
    EMAIL = "email"
    LETTER = "letter"


CHANNEL_LABELS: dict[RequestChannel, str] = {
    RequestChannel.PORTAL: "Espace personnel",
    RequestChannel.DESK: "À l’antenne",
    RequestChannel.PHONE: "Par téléphone",
    RequestChannel.EMAIL: "Par e-mail",
    RequestChannel.LETTER: "Par courrier",
}


class RetentionState(StrEnum):
    """A retention run: proposed, then confirmed by a manager, then carried out."""

    PLANNED = "planned"
    CONFIRMED = "confirmed"
    DONE = "done"
    ABANDONED = "abandoned"


RETENTION_STATE_LABELS: dict[RetentionState, str] = {
    RetentionState.PLANNED: "À relire",
    RetentionState.CONFIRMED: "Confirmé, en attente d’exécution",
    RetentionState.DONE: "Exécuté",
    RetentionState.ABANDONED: "Remplacé par une liste plus récente",
}


class RetentionMove(StrEnum):
    """What can be done with a retention run."""

    CONFIRM = "confirm"
    CARRY_OUT = "carry_out"
    ABANDON = "abandon"


class RetentionAction(StrEnum):
    """What retention does to a file that nobody has touched for long."""

    RESTRICT = "restrict"
    ERASE = "erase"


RETENTION_ACTION_LABELS: dict[RetentionAction, str] = {
    RetentionAction.RESTRICT: "Archiver (accès restreint)",
    RetentionAction.ERASE: "Effacer",
}


class RetentionOutcome(StrEnum):
    """What became of one file of a run."""

    PLANNED = "planned"
    KEPT = "kept"
    DONE = "done"
    SKIPPED = "skipped"


RETENTION_OUTCOME_LABELS: dict[RetentionOutcome, str] = {
    RetentionOutcome.PLANNED: "Prévu",
    RetentionOutcome.KEPT: "Gardé à la demande d’un responsable",
    RetentionOutcome.DONE: "Fait",
    RetentionOutcome.SKIPPED: "Laissé : la personne a repris contact",
}
