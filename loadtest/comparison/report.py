"""What it says: a table, JSON, and a plot."""

import dataclasses
import statistics
from xml.sax.saxutils import escape


@dataclasses.dataclass(frozen=True)
class Line:
    """A row with its figures: of each contender, turn by turn."""

    row: object
    values: dict[str, list[float]]

    def median(self, name):
        return statistics.median(self.values[name])

    def ratio(self, name, first):
        """The median of the ratios turn by turn: what slowed one turn slowed both. None where there is none."""
        pairs = list(zip(self.values.get(name, []), self.values.get(first, [])))
        if name == first or not pairs or any(b <= 0 for _, b in pairs):
            return None
        return statistics.median(a / b for a, b in pairs)


@dataclasses.dataclass(frozen=True)
class Report:
    """
    :param names: who was compared; the first is what ratios are to, the last what targets are for
    :param against_nginx: whether the first is nginx, which most targets speak of
    """

    names: list[str]
    lines: list[Line]
    against_nginx: bool

    def target(self, line):
        target = line.row.target
        return target if target and (target.absolute or self.against_nginx) else None

    def is_met(self, line):
        """None without a target, or when it was not measured."""
        target, judged = self.target(line), self.names[-1]
        ratio = line.ratio(judged, self.names[0])
        if target is None or judged not in line.values or (ratio is None and not target.absolute):
            return None
        return target.is_met(line.median(judged), ratio)

    def table(self):
        first, others = self.names[0], self.names[1:]
        head = ["", "unit", *self.names, *(f"{name} / {first}" for name in others), "direct", "target", "met"]
        rows = [head, ["---"] * len(head)]
        for line in self.lines:
            target, met = self.target(line), self.is_met(line)
            rows.append([
                line.row.name,
                line.row.unit,
                *(figure(line, name) for name in self.names),
                *(two_places(line.ratio(name, first)) for name in others),
                figure(line, "direct"),
                target.text(line.row.unit) if target else "",
                "" if met is None else "yes" if met else "**no**",
            ])  # fmt: skip
        return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)

    def as_json(self):
        rows = []
        for line in self.lines:
            target = self.target(line)
            rows.append({
                "name": line.row.name,
                "unit": line.row.unit,
                "values": line.values,
                "medians": {name: line.median(name) for name in line.values},
                "ratios": {name: line.ratio(name, self.names[0]) for name in self.names[1:]},
                "target": dataclasses.asdict(target) if target else None,
                "met": self.is_met(line),
            })  # fmt: skip
        return {"names": self.names, "rows": rows}

    def svg(self, title):
        """A bar for each figure: as long as its ratio to the first, or to a target that is no ratio."""
        colours = ["#888888", "#4477aa", "#ee6677", "#228833", "#aa3377", "#ccbb44"]
        left, unit_width, bar, y = 360, 160, 15, 62
        on_white = 'stroke="white" stroke-width="4" paint-order="stroke"'  # Over the mark of a target.
        bars, marks, texts = [], [], []
        for line in self.lines:
            target, met = self.target(line), self.is_met(line)
            top = y
            texts.append(f'<text x="10" y="{top + 11}" font-weight="bold">{escape(line.row.name)}</text>')
            for i, name in enumerate(self.names):
                if name not in line.values:
                    continue
                share = self.share(line, name)
                length = min(share, 2.5) * unit_width
                ratio = line.ratio(name, self.names[0])
                text = f"{name} {figure(line, name)} {line.row.unit}"
                text += (f" ({ratio:.2f})" if ratio else "") + (" …" if share > 2.5 else "")
                bars.append(
                    f'<rect x="{left}" y="{y}" width="{max(length, 0):.0f}" height="{bar - 2}" '
                    f'fill="{colours[i % len(colours)]}"/>'
                )
                texts.append(f'<text x="{left + length + 6:.0f}" y="{y + 11}" {on_white}>{escape(text)}</text>')
                y += bar
            if target:
                x = left + (1 if target.absolute else target.limit) * unit_width
                colour = "black" if met is None else "#117733" if met else "#cc0000"
                verdict = "" if met is None else ": met" if met else ": missed"
                text = f"target {target.text(line.row.unit)}{verdict}"
                marks.append(
                    f'<path d="M{x:.0f} {top - 3}V{y + 1}" stroke="{colour}" stroke-width="2" stroke-dasharray="4 2"/>'
                )
                texts.append(f'<text x="10" y="{top + 11 + bar}" fill="{colour}">{escape(text)}</text>')
            y = max(y, top + 2 * bar) + 12
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="980" height="{y + 10}" font-family="sans-serif" '
            'font-size="11"><rect width="100%" height="100%" fill="white"/>'
            f'<text x="10" y="20" font-size="14">{escape(title)}</text>'
            f'<text x="10" y="38" fill="#555555">Bars: the figure to that of {escape(self.names[0])}, or to its '
            "target where that is a figure itself. CPU time, memory and start: less is better; connections a "
            "second: more.</text>" + "".join(bars + marks + texts) + "</svg>\n"
        )

    def share(self, line, name):
        target = line.row.target
        if target and target.absolute:
            return line.median(name) / target.limit
        reference = line.median(self.names[0])
        return line.median(name) / reference if reference > 0 else 0.0


def figure(line, name):
    if name not in line.values:
        return "–"
    value = line.median(name)
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def two_places(ratio):
    return "–" if ratio is None else f"{ratio:.2f}"
