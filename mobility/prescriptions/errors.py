"""What the prescriptions refuse."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class ConsentNeeded(RuleViolation):
    """Nobody is sent without having agreed."""

    code = "consent_needed"
    field = "consent"
    template = "Sans l’accord de la personne, nous ne pouvons rien recevoir. Demandez-le-lui, puis cochez la case."


class NoDeskServes(RuleViolation):
    """No desk works in the commune."""

    code = "no_desk_serves"
    field = "commune"
    template = (
        "Aucune de nos antennes n’intervient à %(city)s. La plus proche : %(nearest)s. "
        "Vérifiez le nom, ou choisissez à qui l’envoyer quand même."
    )


class DeskNotChosen(RuleViolation):
    """The desk is none of those that could take the prescription."""

    code = "desk_not_chosen"
    field = "desk_id"
    template = "Choisissez une antenne dans la liste."


class PersonUnreachable(RuleViolation):
    """There is no way to reach the person."""

    code = "person_unreachable"
    field = "phone"
    template = "Indiquez un téléphone, un e-mail ou une adresse postale : sans cela, nous ne pouvons pas la joindre."


class DeadlineHalf(RuleViolation):
    """The date or what it is the date of is missing."""

    code = "deadline_half"
    template = "Indiquez à la fois la date et ce qui commence ce jour-là."


class TooManyFiles(RuleViolation):
    """More papers than somebody reads."""

    code = "too_many_files"
    field = "paper_1"
    template = "Dix documents au plus par orientation. Envoyez les plus utiles."


class SenderUnreachable(RuleViolation):
    """Nothing can be asked of the referent: no mailbox, no phone."""

    code = "sender_unreachable"
    template = "Nous n’avons ni e-mail ni téléphone portable du prescripteur. Appelez sa structure."


class AlreadyAsked(RuleViolation):
    """What was missing has been asked once already."""

    code = "already_asked"
    template = (
        "Les informations manquantes ont déjà été demandées : on ne le fait qu’une fois. Appelez le prescripteur."
    )


class AlreadyAnswered(RuleViolation):
    """The question was answered, or is of no more use."""

    code = "already_answered"
    template = "Cette demande a déjà reçu sa réponse, ou l’orientation est terminée. Il n’y a plus rien à faire."


class ReasonNeeded(RuleViolation):
    """A refusal or a closing says why."""

    code = "reason_needed"
    field = "reason"
    template = "Écrivez la raison en une phrase : la personne et le prescripteur la liront."


class OutcomeUnfit(RuleViolation):
    """The outcome does not fit where the prescription stands."""

    code = "outcome_unfit"
    field = "outcome"
    template = "Cette issue n’est possible qu’après le premier rendez-vous."


class MeetingUnfit(RuleViolation):
    """The instant of the first meeting makes no sense."""

    code = "meeting_unfit"
    field = "day_on"
    template = "Cette date n’est pas possible pour un premier rendez-vous."


class MeetingInAgenda(RuleViolation):
    """The meeting is one of the agenda's: it is changed there."""

    code = "meeting_in_agenda"
    template = "Ce rendez-vous est dans l’agenda. Déplacez-le, annulez-le ou faites son bilan là-bas."


class NotBookable(RuleViolation):
    """No first meeting can be booked or offered this way, or not any more."""

    code = "not_bookable"
    template = "Ce rendez-vous ne peut pas être proposé ainsi. Appelez l’antenne."


class AssigneeUnfit(RuleViolation):
    """The user is no adviser of the desk."""

    code = "assignee_unfit"
    field = "user_id"
    template = "Choisissez quelqu’un de l’équipe de cette antenne."


class ReferentUnreachable(RuleViolation):
    """A referent who is told something has a mailbox or a phone."""

    code = "referent_unreachable"
    field = "email"
    template = "Indiquez un e-mail ou un téléphone portable : sans cela, nous ne pouvons rien lui dire."


class LinkRevoked(RuleViolation):
    """The organisation's link was taken back."""

    code = "link_revoked"
    template = (
        "Ce lien d’orientation n’est plus valable. Demandez le nouveau à l’antenne avec laquelle vous travaillez."
    )


class DraftGone(RuleViolation):
    """The draft was sent, or its time is over."""

    code = "draft_gone"
    template = "Ce brouillon n’existe plus : il a été envoyé, ou son délai est passé."


class TooMany(RuleViolation):
    """Somebody sends more than a person would."""

    code = "too_many"
    template = (
        "Beaucoup d’orientations arrivent d’ici. Attendez une heure avant d’en envoyer une autre, ou appelez-nous."
    )


class NotAPrescriber(RuleViolation):
    """The organisation sends nobody."""

    code = "not_a_prescriber"
    field = "organisation_id"
    template = "Cette organisation n’est pas un prescripteur, ou elle est archivée."


class FileChoiceNeeded(RuleViolation):
    """Files look alike: somebody must look."""

    code = "file_choice_needed"
    field = "choice"
    template = (
        "Une fiche ressemble à cette personne. Ouvrez-la, puis choisissez : la relier, ou en ouvrir une nouvelle."
    )


class FileUnknown(RuleViolation):
    """The file that was chosen is none that the actor may open."""

    code = "file_unknown"
    field = "choice"
    template = "Choisissez une fiche dans la liste, ou ouvrez-en une nouvelle."


class NothingChosen(RuleViolation):
    """No line of the file was ticked."""

    code = "nothing_chosen"
    field = "lines"
    template = "Cochez au moins une ligne à importer."


class LineUnfit(RuleViolation):
    """A line that was ticked cannot be imported any more."""

    code = "line_unfit"
    template = "Ligne %(line)s : %(why)s"
