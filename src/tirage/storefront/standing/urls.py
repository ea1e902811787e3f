"""A standing order of one's own."""

from django.urls import path

from tirage.storefront.standing import views

urlpatterns = [
    path("account/standing/", views.standing, name="standing"),
    path("account/standing/agree/", views.agree_page, name="standing_agree"),
    path("account/standing/pause", views.pause_it, name="standing_pause"),
    path("account/standing/resume", views.resume_it, name="standing_resume"),
    path("account/standing/end", views.end_it, name="standing_end"),
    path("account/standing/<str:reference>/choose", views.choose, name="standing_choose"),
    path("account/standing/<str:reference>/skip", views.skip, name="standing_skip"),
    path("account/standing/<str:reference>/unskip", views.unskip, name="standing_unskip"),
]
