"""The packing room."""

from django.urls import path

from tirage.backoffice.packing.views import answering, batches, papers, rows

urlpatterns = [
    path("packing/", batches.packing, name="packing"),
    path("packing/choose", batches.choose, name="pack_choose"),
    path("packing/orders", rows.pack_rows, name="pack_rows"),
    path("packing/asked/<slug:reference>", answering.answer, name="pack_answer"),
    path("packing/<slug:reference>/", batches.batch, name="batch"),
    path("packing/<slug:reference>/freeze", batches.freeze, name="batch_freeze"),
    path("packing/<slug:reference>/progress", batches.progress, name="batch_progress"),
    path("packing/<slug:reference>/dissolve", batches.dissolve, name="batch_dissolve"),
    path("packing/<slug:reference>/hand-over", batches.leave, name="batch_leave"),
    path("packing/<slug:reference>/print", papers.print_batch, name="batch_print"),
    path("packing/<slug:reference>/print/progress", papers.progress, name="batch_print_progress"),
    path("packing/<slug:reference>/papers/<slug:name>", papers.paper, name="batch_paper"),
    path("orders/<slug:reference>/recall", rows.recall, name="order_recall"),
]
