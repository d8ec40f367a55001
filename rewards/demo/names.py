from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Name:
    """A name as its owner writes it, and as their mailbox spells it."""

    written: str
    spelled: str


@dataclass(frozen=True, slots=True)
class People:
    """Names of one language; each of the first names goes with each of the last ones."""

    locale: str
    country: str
    first: tuple[Name, ...]
    last: tuple[Name, ...]


def _names(text: str) -> tuple[Name, ...]:
    """Read ``written=spelled`` pairs; a name in plain letters spells itself."""
    pairs = (word.partition("=") for word in text.split())
    return tuple(Name(written.replace("_", " "), (spelled or written).lower()) for written, _, spelled in pairs)


def _people(locale: str, country: str, first: str, last: str) -> People:
    return People(locale, country, _names(first), _names(last))


PEOPLE: Final = (
    _people(
        "en_US",
        "US",
        "Olivia James Amelia Noah Grace Ethan Harper Lucas",
        "O’Brien=obrien Carter Nguyen Smith-Jones=smith-jones Brooks Washington Patel Reed",
    ),
    _people(
        "zh_CN",
        "CN",
        "伟=wei 芳=fang 秀英=xiuying 敏=min 静怡=jingyi 浩然=haoran 子涵=zihan 欣妍=xinyan",
        "王=wang 李=li 张=zhang 刘=liu 陈=chen 欧阳=ouyang 黄=huang 周=zhou",
    ),
    _people(
        "en_CA",
        "CA",
        "Chloé=chloe Liam Émile=emile Zoë=zoe Maya Owen Noémie=noemie Jack",
        "Tremblay Gagnon MacDonald Bélanger=belanger Singh Côté=cote Roy Wilson",
    ),
    _people(
        "ja_JP",
        "JP",
        "陽菜=hina 蓮=ren さくら=sakura 大翔=hiroto 美咲=misaki 翔太=shota 結衣=yui ケンジ=kenji",
        "佐藤=sato 鈴木=suzuki 高橋=takahashi 田中=tanaka 渡辺=watanabe 伊藤=ito 山本=yamamoto 中村=nakamura",
    ),
    _people(
        "ar_KW",
        "KW",
        "محمد=mohammed فاطمة=fatima أحمد=ahmad نورة=noura يوسف=yousef مريم=maryam خالد=khaled هند=hind",
        "العنزي=alenezi الصباح=alsabah الراشد=alrashid الخالدي=alkhaldi المطيري=almutairi حسن=hassan",
    ),
    _people(
        "es_MX",
        "MX",
        "José=jose María=maria Ángel=angel Sofía=sofia Íñigo=inigo Lucía=lucia Andrés=andres Ximena",
        "García=garcia Hernández=hernandez Muñoz=munoz Pérez=perez de_la_Cruz=delacruz Núñez=nunez",
    ),
    _people(
        "ko_KR",
        "KR",
        "서연=seoyeon 민준=minjun 지우=jiwoo 하은=haeun 도윤=doyun 수아=sua",
        "김=kim 이=lee 박=park 최=choi 정=jung 남궁=namgung",
    ),
    _people(
        "ru_RU",
        "KZ",
        "Анна=anna Дмитрий=dmitry Екатерина=ekaterina Сергей=sergey Алёна=alyona Иван=ivan",
        "Иванова=ivanova Смирнов=smirnov Кузнецова=kuznetsova Попов=popov Соколова=sokolova Щербаков=shcherbakov",
    ),
    _people(
        "hi_IN",
        "IN",
        "आरव=aarav अनन्या=ananya विवान=vivaan दीया=diya प्रिया=priya रोहन=rohan",
        "शर्मा=sharma वर्मा=verma गुप्ता=gupta सिंह=singh पटेल=patel रेड्डी=reddy",
    ),
    _people(
        "he_IL",
        "IL",
        "נועה=noa דוד=david תמר=tamar יוסף=yosef מאיה=maya אורי=uri",
        "כהן=cohen לוי=levi מזרחי=mizrahi פרץ=peretz ביטון=biton אברהם=avraham",
    ),
    _people(
        "el_GR",
        "GR",
        "Μαρία=maria Γιώργος=giorgos Ελένη=eleni Νίκος=nikos Κατερίνα=katerina Δημήτρης=dimitris",
        "Παπαδόπουλος=papadopoulos Νικολάου=nikolaou Γεωργίου=georgiou Δημητρίου=dimitriou",
    ),
    _people(
        "vi_VN",
        "VN",
        "Hồng=hong Đức=duc Phương=phuong Quân=quan Thảo=thao Ánh=anh",
        "Nguyễn=nguyen Trần=tran Lê=le Phạm=pham Đặng=dang Võ=vo",
    ),
    _people(
        "th_TH",
        "TH",
        "สมชาย=somchai มาลี=malee ณัฐพล=nattapon อรทัย=orathai กิตติ=kitti พิมพ์ชนก=pimchanok",
        "ใจดี=jaidee ศรีสุข=srisuk วงศ์สวัสดิ์=wongsawat แสงทอง=saengthong",
    ),
    _people(
        "de_DE",
        "DE",
        "Jürgen=juergen Käthe=kaethe Lena Björn=bjoern Sophie Maximilian",
        "Müller=mueller Weiß=weiss von_der_Heide=vonderheide Schröder=schroeder Becker Groß=gross",
    ),
)
