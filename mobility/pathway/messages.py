"""The messages of the pathway: their names and sample values. No database."""

from __future__ import annotations

from mobility.notifications import templates

GAP = "pathway_gap"
HOURS = "pathway_hours"
PLAN_TO_SIGN = "plan_to_sign"
PLAN_TO_SIGN_FOR = "plan_to_sign_for"
PLAN_SIGNED = "plan_signed"
# The links of messages: what they are signed for. The page behind stands in ``views.links``.
HOURS_LINK = "pathway-hours"
PLAN_LINK = "pathway-plan"


def declare() -> None:
    """Declare the messages."""
    desk = {"place": "Denain", "phone": "+33327000000"}
    templates.declare(
        GAP,
        "Trajet sans solution",
        {
            **desk,
            "day": "lundi 30 novembre",
            "what": "À partir du 12 mars, plus de solution pour l’équipe du matin",
            "others": 4,
            "instead": "Véhicule de l’antenne : voiture",
            "url": "https://mobilite.example/mon-espace",
        },
    )
    link = "https://mobilite.example/h/eyJwIjp7Im8iOjEyMzR9LCJlIjoxNzk1NjAwMDAwfQ.abcdefghijklmnopqrstuvw_xyz0"
    templates.declare(HOURS, "Horaires à confirmer", {**desk, "link": link})
    plan = {**desk, "adviser": "Camille Durand", "link": link.replace("/h/", "/signer/")}
    templates.declare(PLAN_TO_SIGN, "Plan d’action à signer", plan)
    templates.declare(PLAN_TO_SIGN_FOR, "Plan d’action à signer par un représentant", plan)
    templates.declare(PLAN_SIGNED, "Plan d’action signé", {**plan, "link": "https://mobilite.example/mon-espace/plan"})
