"""How the entries of the audit log read in French. An act that is not listed is shown by its code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SUBJECTS: Final[Mapping[str, str]] = {
    "agreement": "convention",
    "api_token": "jeton d’accès",
    "contact_note": "appel ou passage",
    "contact_point": "contact",
    "desk": "antenne",
    "document": "document",
    "inbound_message": "message reçu",
    "loan": "prêt",
    "loan_policy": "règles de prêt",
    "loan_right": "droit au prêt",
    "objective": "objectif",
    "organisation": "partenaire",
    "outbox_message": "message envoyé",
    "own_means": "moyen personnel",
    "parameter": "paramètre",
    "person": "fiche",
    "person_consent": "accord",
    "person_licence": "permis",
    "representative": "représentant",
    "prescription": "orientation",
    "prescription_link": "lien d’orientation",
    "rights_request": "demande sur les données",
    "step": "aide",
    "user": "compte",
    "vehicle": "véhicule",
}

ACTIONS: Final[Mapping[str, str]] = {
    "view": "consultation",
    "create": "création",
    "edit": "modification",
    "update": "modification",
    "add_paper": "papier ajouté",
    "remove_paper": "papier retiré",
    "bring_back": "remise au parc",
    "retire": "sortie du parc",
    "reassign": "véhicule remplacé",
    "set_photo": "photo changée",
    "stop": "mise hors service",
    "end_stop": "remise en service",
    "transfer": "changement d’antenne",
    "void_odometer": "relevé annulé",
    "desk.create": "création",
    "desk.update": "modification",
    "desk.hours": "horaires changés",
    "desk.close_days": "jours fermés",
    "desk.key_box": "boîte à clés changée",
    "document.store": "document enregistré",
    "document.view": "document consulté",
    "document.erase": "document effacé",
    "document.validity": "validité changée",
    "loan.request": "demande",
    "loan.approve": "acceptation",
    "loan.refuse": "refus",
    "loan.contract": "contrat signé",
    "loan.depart": "départ",
    "loan.return": "retour",
    "loan.extend": "retour déplacé",
    "loan.settle": "solde",
    "loan.cancel": "annulation",
    "loan.no_show": "non venu",
    "loan.mark_overdue": "passage en retard",
    "loan.swap": "véhicule changé",
    "loan.reschedule": "rendez-vous déplacé",
    "loan.override": "dérogation",
    "loan.pay": "paiement",
    "loan.check": "relevé vérifié",
    "loan.close_day": "journée clôturée",
    "loan.right_opened": "droit ouvert",
    "loan.right_closed": "droit fermé",
    "loan.policy_added": "règles ajoutées",
    "person.created": "fiche ouverte",
    "person.identity_changed": "identité modifiée",
    "person.address_changed": "adresse modifiée",
    "person.address_seen": "adresse protégée consultée",
    "person.follow_up_changed": "suivi modifié",
    "person.contact_added": "contact ajouté",
    "person.contact_changed": "contact modifié",
    "person.contact_confirmed": "contact confirmé",
    "person.contact_removed": "contact retiré",
    "person.contact_noted": "appel ou passage noté",
    "person.preferences_changed": "préférences modifiées",
    "person.licence_saved": "permis enregistré",
    "person.licence_checked": "permis vérifié",
    "person.licence_removed": "permis retiré",
    "person.consent_given": "accord donné",
    "person.consent_withdrawn": "accord retiré",
    "person.representative_added": "représentant ajouté",
    "person.representative_changed": "représentant modifié",
    "person.representative_ended": "représentant retiré",
    "person.secret_set": "code personnel choisi",
    "person.secret_cleared": "code personnel oublié",
    "person.card_made": "carte faite",
    "person.card_revoked": "carte annulée",
    "person.protected": "fiche protégée",
    "person.unprotected": "protection levée",
    "person.merged": "fiches réunies",
    "person.merged_away": "fiche réunie à une autre",
    "person.exported": "copie des données",
    "person.restricted": "fiche archivée",
    "person.reopened": "fiche rouverte",
    "person.retention_kept": "conservée plus longtemps",
    "person.erased": "fiche effacée",
    "prescription.send": "orientation reçue",
    "prescription.assign": "orientation confiée",
    "prescription.transfer": "orientation transférée",
    "prescription.ask": "informations demandées",
    "prescription.answer": "réponse du prescripteur",
    "prescription.resume": "reprise sans réponse",
    "prescription.accept": "orientation acceptée",
    "prescription.book": "premier rendez-vous fixé",
    "prescription.unbook": "premier rendez-vous annulé",
    "prescription.start": "premier rendez-vous tenu",
    "prescription.close": "orientation terminée",
    "prescription.refuse": "orientation refusée",
    "prescription.nudge": "rappel à l’équipe",
    "prescription.escalate": "signalée au responsable",
    "prescription.link_made": "lien d’orientation fait",
    "prescription.link_revoked": "lien d’orientation retiré",
    "token.created": "jeton créé",
    "token.revoked": "jeton révoqué",
    "user.created": "compte créé",
    "user.invited": "invitation envoyée",
    "user.password_chosen": "mot de passe choisi",
    "user.password_reset_sent": "lien de mot de passe envoyé",
    "user.second_factor_set": "double authentification faite",
    "user.second_factor_reset": "double authentification à refaire",
    "user.grant_added": "rôle ajouté",
    "user.grant_removed": "rôle retiré",
    "user.disabled": "compte fermé",
    "user.enabled": "compte rouvert",
    "user.signed_out_everywhere": "déconnexion partout",
    "sign_in.password": "connexion",
    "sign_in.totp": "connexion",
    "sign_in.recovery": "connexion par code de secours",
    "sign_in.code": "connexion par code",
    "sign_in.link": "connexion par lien",
    "sign_in.card": "connexion par carte",
}


# The log is asked by the beginning of a code: a whole family at once.
FAMILIES: Final[Mapping[str, str]] = {
    "sign_in.": "Connexions",
    "user.": "Comptes : tout",
    "person.": "Fiches : tout changement",
    "view": "Fiches : consultations",
    "document.": "Documents : tout",
    "loan.": "Prêts : tout",
    "prescription.": "Orientations : tout",
    "token.": "Jetons : tout",
}


def action_choices(wanted: str) -> list[tuple[str, str]]:
    """Return what the log may be asked for, (code, French): families, then acts by name; an unlisted wish stays."""
    acts = sorted(((code, say_action(code)) for code in ACTIONS if "." in code), key=lambda pair: (pair[1], pair[0]))
    shown = {"sign_in.password": "Connexion par mot de passe", "sign_in.totp": "Connexion par double authentification"}
    offered = [("", "Toutes"), *FAMILIES.items(), *((code, shown.get(code, label)) for code, label in acts)]
    known = {code for code, _ in offered}
    return offered if wanted in known else [*offered, (wanted, say_action(wanted))]


def say_action(action: str) -> str:
    """Return the act in French with a capital, or its code as it is."""
    label = ACTIONS.get(action)
    return action if label is None else label[0].upper() + label[1:]


def say_subject(kind: str) -> str:
    """Return what was acted upon in French, or its code."""
    return SUBJECTS.get(kind, kind)
