from tirage.taxes.duties.models import Duty

__all__ = ["Duty"]
