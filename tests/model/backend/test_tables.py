"""Tables of SQLAlchemy, SQLModel and Django: columns, keys, indexes, inheritance."""

from __future__ import annotations

from tests.model.backend.backends import backend

from bylaw.model.backend.backend_model import BackendModel
from bylaw.model.backend.items import Column, Table


def table(model: BackendModel, name: str) -> Table:
    found = [each for each in model.tables if each.name == name]
    assert len(found) == 1, [each.name for each in model.tables]
    return found[0]


def column(found: Table, name: str) -> Column:
    return next(each for each in found.columns if each.name == name)


def keys(found: Table) -> dict[str, tuple[str, bool]]:
    """Target and whether it is indexed, of each foreign key."""
    return {
        each.name: (each.foreign_key, found.is_indexed(each))
        for each in found.columns
        if each.foreign_key
    }


def test_tables_mapped_columns_mixins_and_table_args_are_read() -> None:
    model = backend(
        {
            "db.py": """
                from datetime import datetime
                from typing import Annotated
                from sqlalchemy import ForeignKey
                from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
                Key = Annotated[int, mapped_column(primary_key=True)]
                class Base(DeclarativeBase): ...
                class Stamped:
                    created: Mapped[datetime] = mapped_column(index=True)
                class Abstract(Base):
                    __abstract__ = True
                    id: Mapped[Key]
            """,
            "models.py": """
                from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
                from sqlalchemy.orm import Mapped, mapped_column, relationship
                from db import Abstract, Stamped
                class Shop(Abstract):
                    __tablename__ = "shops"
                class Order(Stamped, Abstract):
                    __tablename__ = "orders"
                    __table_args__ = (
                        UniqueConstraint("shop_id", "number"),
                        Index("ix_total", "total", postgresql_where="x"),
                        {"schema": "s"},
                    )
                    number: Mapped[str] = mapped_column(String(9))
                    note: Mapped[str | None]
                    total: Mapped[int]
                    shop_id: Mapped[int] = mapped_column(
                        ForeignKey("shops.id", ondelete="CASCADE")
                    )
                    buyer_id: Mapped[int] = mapped_column(ForeignKey("buyers.id"))
                    payer_id: Mapped[int] = mapped_column(ForeignKey("buyers.id"), index=True)
                    shop: Mapped["Shop"] = relationship(lazy="selectin")
                    lines: Mapped[list["Line"]] = relationship()
                Index("ix_buyer", Order.total)
            """,
        }
    )
    assert [each.name for each in model.tables] == ["shops", "orders"]
    orders = table(model, "orders")
    assert {each.name for each in orders.columns} == {
        "id", "created", "number", "note", "total", "shop_id", "buyer_id", "payer_id",
    }  # fmt: skip
    assert keys(orders) == {
        "shop_id": ("shops.id", True),
        "buyer_id": ("buyers.id", False),
        "payer_id": ("buyers.id", True),
    }
    assert column(orders, "id").primary_key
    assert column(orders, "note").nullable is True
    assert column(orders, "number").nullable is False
    assert column(orders, "shop_id").on_delete == "CASCADE"
    assert column(orders, "shop_id").line == 17
    assert orders.is_indexed(column(orders, "total"))
    shown = [(each.attribute, each.target, each.many, each.lazy) for each in orders.relationships]
    assert shown == [("shop", "Shop", False, "selectin"), ("lines", "Line", True, "")]


def test_tables_classic_columns_and_declared_attr_are_read() -> None:
    model = backend(
        """
        from sqlalchemy import Column, ForeignKey, Integer, PrimaryKeyConstraint, String, Table
        from sqlalchemy.ext.declarative import declared_attr
        from sqlalchemy.orm import declarative_base, relationship

        class Named:
            @declared_attr
            def __tablename__(cls):
                return cls.__name__.lower()

        class Owned:
            @declared_attr
            def owner_id(cls):
                return Column(ForeignKey("owner.id"), unique=True)

        Base = declarative_base(cls=Named)
        links = Table("links", Base.metadata,
            Column("a_id", Integer, ForeignKey("item.id")),
            Column("b_id", ForeignKey("item.id")),
            PrimaryKeyConstraint("a_id", "b_id"))

        class Item(Owned, Base):
            id = Column(Integer, primary_key=True)
            title = Column("name", String, nullable=False)
            items = relationship("Item", secondary=links)

        class Special(Item):
            extra = Column(Integer)

        class Plain: ...
        """
    )
    assert [each.name for each in model.tables] == ["links", "item"]
    item = table(model, "item")
    assert [each.name for each in item.columns] == ["owner_id", "id", "name", "extra"]
    assert column(item, "name").nullable is False
    assert keys(item) == {"owner_id": ("owner.id", True)}
    assert keys(table(model, "links")) == {
        "a_id": ("item.id", True),
        "b_id": ("item.id", False),
    }


def test_tables_sqlmodel_only_table_models_are_tables() -> None:
    model = backend(
        """
        import uuid
        from sqlmodel import Field, Relationship, SQLModel

        class UserBase(SQLModel):
            email: str = Field(unique=True, index=True)
            name: str | None = None

        class UserCreate(UserBase):
            password: str

        class User(UserBase, table=True):
            id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
            team_id: int = Field(foreign_key="team.id", ondelete="CASCADE")
            items: list["Item"] = Relationship(back_populates="owner")
        """
    )
    user = table(model, "user")
    assert len(model.tables) == 1
    assert [each.name for each in user.columns] == ["email", "name", "id", "team_id"]
    assert column(user, "name").nullable is True
    assert keys(user) == {"team_id": ("team.id", False)}
    assert [each.target for each in user.relationships] == ["Item"]


def test_tables_django_models_meta_and_abstract_bases_are_read() -> None:
    model = backend(
        {
            "shop/__init__.py": "",
            "shop/models.py": """
                from django.db import models
                class Stamped(models.Model):
                    created = models.DateTimeField(auto_now_add=True, db_index=True)
                    class Meta:
                        abstract = True
                class Order(Stamped):
                    number = models.CharField(max_length=9, unique=True)
                    buyer = models.ForeignKey("auth.User", on_delete=models.CASCADE)
                    seller = models.ForeignKey("auth.User", models.PROTECT, db_index=False)
                    shop = models.ForeignKey(Stamped, models.SET_NULL, null=True, db_index=False)
                    tags = models.ManyToManyField("Tag")
                    class Meta:
                        indexes = [models.Index(fields=["-created", "number"], name="ix")]
                        unique_together = ("shop", "number")
                class Proxy(Order):
                    class Meta:
                        proxy = True
                class Rush(Order):
                    hours = models.IntegerField()
                    class Meta:
                        db_table = "rush"
            """,
        }
    )
    assert [each.name for each in model.tables] == ["shop_order", "rush"]
    order = table(model, "shop_order")
    assert [each.name for each in order.columns] == [
        "id", "created", "number", "buyer_id", "seller_id", "shop_id",
    ]  # fmt: skip
    assert keys(order) == {
        "buyer_id": ("auth.User", True),
        "seller_id": ("auth.User", False),
        "shop_id": ("Stamped", True),
    }
    assert column(order, "buyer_id").on_delete == "CASCADE"
    assert [each.name for each in table(model, "rush").columns] == ["order_ptr_id", "hours"]
    assert [each.columns for each in order.indexes] == [("created", "number"), ("shop", "number")]
