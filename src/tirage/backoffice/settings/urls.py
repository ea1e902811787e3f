"""Settings of the winery and its team."""

from django.urls import include, path

from tirage.backoffice.settings.views import (
    cancel_reasons,
    joining,
    log,
    look,
    mail_layout,
    mails,
    money,
    running,
    security,
    standing,
    team,
    winery,
)

urlpatterns = [
    path("settings/", winery.winery, name="settings"),
    path("settings/payments/", money.money, name="money_settings"),
    path("settings/joining/", joining.joining, name="joining_settings"),
    path("settings/standing/", standing.standing, name="standing_settings"),
    path("settings/look/", look.look, name="look"),
    path("settings/mails/", mails.mails, name="mails"),
    path("settings/mails/sent/", mails.sent_mails, name="sent_mails"),
    path("settings/mails/sent/again", mails.mails_again, name="mails_again"),
    path("settings/mails/layout/", mail_layout.mail_layout, name="mail_layout"),
    path("settings/mails/layout/preview", mail_layout.mail_layout_preview, name="mail_layout_preview"),
    path("settings/mails/layout/restore", mail_layout.mail_layout_restore, name="mail_layout_restore"),
    path("settings/mails/<slug:kind>/", mails.mail, name="mail"),
    path("settings/mails/<slug:kind>/preview", mails.mail_preview, name="mail_preview"),
    path("settings/mails/<slug:kind>/restore", mails.restore, name="mail_restore"),
    path("settings/cancelling/", cancel_reasons.cancel_reasons, name="cancel_reasons"),
    path("settings/security/", security.security, name="security"),
    path("settings/log/", log.log, name="log"),
    path("settings/running/", running.running, name="running"),
    path("settings/running/jobs/<slug:number>/again", running.job_again, name="job_again"),
    path("settings/running/jobs/<slug:number>/let-go", running.job_let_go, name="job_let_go"),
    path("settings/team/", team.team, name="team"),
    path("settings/team/invite", team.invite, name="team_invite"),
    path("settings/team/<slug:reference>/", team.member, name="member"),
    path("settings/team/<slug:reference>/invite", team.invite_again, name="member_invite"),
    path("settings/team/<slug:reference>/second-factor", team.reset_factor, name="member_factor"),
    path("settings/team/<slug:reference>/sessions", team.end_member_sessions, name="member_sessions"),
    path("", include("tirage.backoffice.settings.delivery.urls")),
    path("", include("tirage.backoffice.settings.mailing.urls")),
]
