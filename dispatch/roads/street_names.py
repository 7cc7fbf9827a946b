"""Names for the streets of a city that does not exist, in English and Chinese; none is given twice."""

from collections.abc import Iterator
from itertools import product

import numpy as np

_STEMS = (
    "Maple 枫树,Linden 椴树,Cedar 雪松,Willow 柳树,Birch 白桦,Chestnut 栗树,Poplar 白杨,Juniper 杜松,Hazel 榛树,"
    "Elm 榆树,Ash 梣树,Rowan 花楸,Larch 落叶松,Cherry 樱桃,Plum 梅花,Pear 梨树,Apple 苹果,Quince 榅桲,Olive 橄榄,"
    "Mulberry 桑树,Rose 玫瑰,Iris 鸢尾,Lily 百合,Clover 三叶草,Heather 石楠,Lavender 薰衣草,Poppy 罂粟,"
    "Primrose 报春,Saffron 藏红花,Thyme 百里香,Fern 蕨,Ivy 常春藤,Reed 芦苇,Barley 大麦,Harvest 丰收,"
    "Orchard 果园,Meadow 草地,Garden 花园,Swallow 燕子,Heron 苍鹭,Lark 云雀,Robin 知更鸟,Swan 天鹅,Falcon 猎鹰,"
    "Crane 白鹤,Magpie 喜鹊,Otter 水獭,Beaver 海狸,Fox 狐狸,Hare 野兔,Stag 雄鹿,Badger 獾,Salmon 鲑鱼,Mill 磨坊,"
    "Fountain 喷泉,Baker 面包师,Mason 石匠,Cooper 桶匠,Weaver 织工,Potter 陶匠,Smith 铁匠,Tanner 皮匠,"
    "Carpenter 木匠,Printer 印刷,Ferry 渡口,Harbour 港口,Anchor 船锚,Lantern 灯笼,Beacon 灯塔,Bell 钟,Clock 钟楼,"
    "Castle 城堡,Abbey 修道院,Chapel 教堂,School 学校,Station 车站,Tower 塔,Copper 铜,Silver 银,Amber 琥珀,"
    "Granite 花岗岩,Marble 大理石,Quarry 采石场,Spring 泉水,Brook 小溪,Ridge 山脊,Valley 山谷,Hill 山,Stone 石头,"
    "Cliff 悬崖,Lake 湖,Island 岛,Forest 森林,Sunrise 日出,Sunset 日落,Moon 月亮,Star 星,Winter 冬,Summer 夏,"
    "Autumn 秋,Liberty 自由,Harmony 和谐,Unity 团结,Victory 胜利,Pioneer 先锋,Merchant 商人,Scholar 学者"
)
_PREFIXES = (
    ("", ""), ("Old ", "老"), ("New ", "新"), ("Upper ", "上"), ("Lower ", "下"), ("East ", "东"), ("West ", "西"),
    ("North ", "北"), ("South ", "南"), ("Little ", "小"), ("Great ", "大"), ("Long ", "长"),
)  # fmt: skip
_KINDS = {
    "Street": "街", "Road": "路", "Lane": "巷", "Avenue": "大道", "Boulevard": "大街", "Way": "径",
    "District": "区", "Park": "公园",
}  # fmt: skip


class StreetNames:
    """Hands out (English, Chinese) names in an order that the generator's seed decides."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._queues: dict[str, Iterator[tuple[str, str]]] = {}

    def next(self, kind: str) -> tuple[str, str]:
        """A name that ends in `kind` (Street, Road, Lane, Avenue, Boulevard, Way, District, Park)."""
        if kind not in self._queues:
            self._queues[kind] = self._queue(kind)
        return next(self._queues[kind])

    def _queue(self, kind: str) -> Iterator[tuple[str, str]]:
        stems = [stem.split() for stem in _STEMS.split(",")]
        shuffled = [stems[index] for index in self._rng.permutation(len(stems)).tolist()]
        rounds = product(range(1, 1_000), _PREFIXES, shuffled)
        for number, (prefix, prefix_zh), (stem, stem_zh) in rounds:
            again = "" if number == 1 else f" {number}"
            yield f"{prefix}{stem} {kind}{again}", f"{prefix_zh}{stem_zh}{_KINDS[kind]}{again}"
