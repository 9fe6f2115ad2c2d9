"""Products of any craft, and their photos."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class Product(Model):
    id = fields.UUIDField(primary_key=True)
    artisan: Any = fields.ForeignKeyField("models.Person", related_name="products")
    title: Any = fields.JSONField()  # locale -> text
    description: Any = fields.JSONField(default=dict)  # locale -> text
    craft = fields.CharField(max_length=20)  # textile jewellery leather wood pottery
    price = fields.BigIntField()  # minor units
    currency = fields.CharField(max_length=3)
    one_of_a_kind = fields.BooleanField(default=True)  # else made to order
    available = fields.BooleanField(default=True)  # false while an order holds it, and once sold
    public = fields.BooleanField(default=True)
    width_cm = fields.IntField(null=True)
    length_cm = fields.IntField(null=True)
    weight_g = fields.IntField(null=True)
    materials: Any = ArrayField(element_type="text", default=list)
    colours: Any = ArrayField(element_type="text", default=list)
    technique: Any = fields.JSONField(null=True)  # locale -> text
    making_days = fields.IntField(default=30)
    created_at = fields.DatetimeField(auto_now_add=True)

    artisan_id: Any

    class Meta:
        table = "product"
        indexes = (("craft", "created_at"), ("created_at",))


class ProductPhoto(Model):
    id = fields.BigIntField(primary_key=True)
    product: Any = fields.ForeignKeyField("models.Product", related_name="photos")
    media: Any = fields.ForeignKeyField("models.Media", related_name=False)
    position = fields.SmallIntField(default=0)

    product_id: Any
    media_id: Any

    class Meta:
        table = "product_photo"
        unique_together = (("product", "position"),)
