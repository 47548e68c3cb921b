"""Where the marks of a source text belong in its translation, decided from word alignment alone.

Every mark comes out exactly once, nested as it was, never crossing another and never inside a word.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from translator.document import Mark
from translator.markup.proportion import WORD, in_proportion, words

Link = tuple[int, int, int, int, float]
"""source start, source end, target start, target end, weight"""

_KEEP_WEIGHT = 1e6  # outweighs any alignment: the place of a kept stretch is known, not guessed
MAX_WORK = 4_000_000
"""Marks times links, words and marks; beyond it, places are proportional: so dense a text has no words to follow."""
_ANCHOR_WEIGHT = 2.0  # a name or number that is on both sides; links of the model weigh 1 at most
_LONELY_PENALTY = 1e-6  # a word without a link joins a mark only to bridge a gap


def project(source: str, target: str, marks: Sequence[Mark], links: Sequence[Link]) -> tuple[Mark, ...]:
    """Place `marks` of `source` on `target`.

    A mark takes the run of target words with the greatest sum of link weight from inside its source stretch, less
    the weight from outside (maximum subarray, Kadane); outer marks choose first and bound the inner ones; of siblings,
    the one with the clearest run chooses first. A point that touches a word follows that word; other points are placed
    where the fewest links cross them. Kept stretches go to their own occurrence. Else places are proportional.

    Names and numbers that both sides share are linked here. Links may be of any width: one weak link from a whole
    segment to its target keeps words without links in their segment. Call it once for a whole text, with offsets in
    it, so that a mark may reach over several segments.

    Args:
        marks: nested or disjoint, outer before inner, else in order of start.
        links: character ranges in source and target with a positive weight.

    Returns:
        The marks in the order given, with offsets in `target`.
    """
    if not marks:
        return ()
    if len(marks) * (len(marks) + len(links) + target.count(" ")) > MAX_WORK:
        return in_proportion(source, target, marks)
    return _Projection(source, target, marks, links).run()


@dataclass(slots=True)
class _Node:
    mark: Mark
    start: int = 0
    end: int = 0
    children: list["_Node"] = field(default_factory=list)
    kept: tuple[int, int] | None = None


class _Projection:
    def __init__(self, source: str, target: str, marks: Sequence[Mark], links: Sequence[Link]) -> None:
        self.source, self.target = source, target
        self.links = [link for link in links if link[1] > link[0] and link[3] > link[2] and link[4] > 0]
        self.links += _anchors(source, target)
        self.nodes = [_Node(mark) for mark in marks]
        self.root = _tree(self.nodes, len(source))
        self._find_kept()
        self.words = words(target, [node.kept for node in self.nodes if node.kept])
        self.starts = [start for start, _ in self.words]
        self.ends = [end for _, end in self.words]
        self.middles = sorted(
            ((t0 + t1) / 2, (s0 + s1) / 2, weight / (s1 - s0)) for s0, s1, t0, t1, weight in self.links
        )
        # Each link's share for each word it reaches, so that the scores of a mark are one pass over this list.
        self.shares: list[tuple[int, int, int, float]] = []
        for s0, s1, t0, t1, weight in self.links:
            for index in range(bisect_right(self.ends, t0), bisect_left(self.starts, t1)):
                start, end = self.words[index]
                self.shares.append((s0, s1, index, weight * (min(end, t1) - max(start, t0)) / (t1 - t0)))

    def run(self) -> tuple[Mark, ...]:
        self.root.start, self.root.end = 0, len(self.target)
        pending = [self.root]
        while pending:
            parent = pending.pop()
            self._place(parent)
            pending += parent.children
        return tuple(Mark(node.start, node.end, node.mark.key, node.mark.keep) for node in self.nodes)

    def _find_kept(self) -> None:
        """Give each kept stretch an occurrence of its own text, in order and nearest to where links say."""
        taken: list[tuple[int, int]] = []
        for node in self.nodes:
            text = self.source[node.mark.start : node.mark.end]
            if not node.mark.keep or not text.strip():
                continue
            middle = self._expected((node.mark.start + node.mark.end) / 2)
            pattern = re.escape(text)
            whole = [match.span() for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", self.target)]
            spots = whole or [match.span() for match in re.finditer(pattern, self.target)]
            free = [spot for spot in spots if all(spot[1] <= other[0] or other[1] <= spot[0] for other in taken)]
            if free:
                node.kept = min(free, key=lambda spot: abs((spot[0] + spot[1]) / 2 - middle))
                taken.append(node.kept)

    def _expected(self, position: float) -> float:
        """The target position of a source position: the mean of the links over it, else by proportion."""
        over = [link for link in self.links if link[0] <= position < link[1]]
        total = sum(link[4] / (link[1] - link[0]) for link in over)
        if total:
            return sum(link[4] / (link[1] - link[0]) * (link[2] + link[3]) / 2 for link in over) / total
        return position * len(self.target) / max(1, len(self.source))

    def _place(self, parent: _Node) -> None:
        """Place the children of a node that has its place."""
        spans = [child for child in parent.children if child.mark.end > child.mark.start]
        first, last = bisect_left(self.starts, parent.start), bisect_right(self.ends, parent.end)
        free = [True] * max(0, last - first)
        scored = [(self._scores(child.mark, first, last), child) for child in spans]
        scored.sort(key=lambda pair: -_best_run(pair[0], free)[2])
        for scores, child in scored:
            low, high, gain = _best_run(scores, free)
            if self._whole(child, parent) and all(free) and free:
                low, high, gain = 0, len(free), 1.0
            if gain <= 0:
                low, high = self._by_proportion(child.mark, parent, first, free)
            else:
                low, high = self._trim(child.mark, first, low, high, free)
            if high > low:
                free[low:high] = [False] * (high - low)
                child.start, child.end = self.starts[first + low], self.ends[first + high - 1]
            else:
                child.start = child.end = self._gap(child.mark.start, parent, spans)
        for child in parent.children:
            if child.mark.end == child.mark.start:
                child.start = child.end = self._gap(child.mark.start, parent, spans)

    def _scores(self, mark: Mark, first: int, last: int) -> list[float]:
        """For each word of the range: link weight from inside the mark minus the weight from outside it."""
        scores = [-_LONELY_PENALTY] * max(0, last - first)
        for s0, s1, index, weight in self.shares:
            if first <= index < last:
                inside = max(0, min(s1, mark.end) - max(s0, mark.start)) / (s1 - s0)
                scores[index - first] += weight * (2 * inside - 1)
        for node in self.nodes:
            if node.kept:
                index = bisect_left(self.starts, node.kept[0])
                if first <= index < last:
                    inside = mark.start <= node.mark.start and node.mark.end <= mark.end
                    scores[index - first] = _KEEP_WEIGHT if inside else -_KEEP_WEIGHT
        return scores

    def _whole(self, child: _Node, parent: _Node) -> bool:
        """Whether every word of the parent is in the child, so that no alignment is needed."""
        outside = self.source[parent.mark.start : child.mark.start] + self.source[child.mark.end : parent.mark.end]
        return not any(character.isalnum() for character in outside)

    def _trim(self, mark: Mark, first: int, low: int, high: int, free: Sequence[bool]) -> tuple[int, int]:
        """Punctuation at the edge of a mark is inside it exactly where it was inside in the source."""
        text = self.source[mark.start : mark.end].strip()
        if not any(character.isalnum() for character in text):
            return low, high
        words = [self.target[start:end] for start, end in self.words[first : first + len(free)]]
        while high - low > 1 and _is_punctuation(words[high - 1]) and not _is_punctuation(text[-1]):
            high -= 1
        while high - low > 1 and _is_punctuation(words[low]) and not _is_punctuation(text[0]):
            low += 1
        if high < len(words) and free[high] and words[high] == text[-1] and words[high - 1] != text[-1]:
            high += 1 if _is_punctuation(text[-1]) else 0
        if low > 0 and free[low - 1] and words[low - 1] == text[0] and words[low] != text[0]:
            low -= 1 if _is_punctuation(text[0]) else 0
        return low, high

    def _by_proportion(self, mark: Mark, parent: _Node, first: int, free: Sequence[bool]) -> tuple[int, int]:
        """The free words that lie where the mark lies in its parent; an empty range where there is none."""
        width = max(1, parent.mark.end - parent.mark.start)
        scale = (parent.end - parent.start) / width
        low = parent.start + (mark.start - parent.mark.start) * scale
        high = parent.start + (mark.end - parent.mark.start) * scale
        middles = [(start + end) / 2 for start, end in self.words[first : first + len(free)]]
        chosen = [index for index, middle in enumerate(middles) if low <= middle < high]
        if not chosen and middles:
            centre = (low + high) / 2
            chosen = [min(range(len(middles)), key=lambda index: abs(middles[index] - centre))]
        begin = next((index for index in chosen if free[index]), None)
        if begin is None:
            return 0, 0
        end = begin
        while end <= chosen[-1] and free[end]:
            end += 1
        return begin, end

    def _gap(self, position: int, parent: _Node, siblings: Sequence[_Node]) -> int:
        """The target position for a point of the source."""
        before = self.source[parent.mark.start : position]
        after = self.source[position : parent.mark.end]
        taken = [(node.start, node.end) for node in siblings if node.end > node.start]
        if not before.strip():
            return parent.start
        if not after.strip():
            return parent.end
        gaps = {parent.start, parent.end}
        first, last = bisect_left(self.starts, parent.start), bisect_right(self.ends, parent.end)
        for start, end in self.words[first:last]:
            gaps |= {start, end}
        for start, end in taken:
            for low, high in self.words[bisect_left(self.starts, start) : bisect_right(self.ends, end)]:
                gaps -= {low, high} - {start, end}
        allowed = sorted(gaps)
        if before[-1].isalnum() and not after[0].isalnum():
            near, edges = position - 1, self.ends
        elif after[0].isalnum() and not before[-1].isalnum():
            near, edges = position, self.starts
        else:
            near, edges = position, None
        word = self._linked_word(near) if edges is not None else None
        if word is not None and edges is not None and edges[word] in allowed:
            return edges[word]
        return self._least_crossed(position, allowed)

    def _linked_word(self, position: int) -> int | None:
        """The target word with the most weight from the source word over a position."""
        totals: dict[int, float] = {}
        for s0, s1, index, weight in self.shares:
            if s0 <= position < s1:
                totals[index] = totals.get(index, 0.0) + weight / (s1 - s0)
        return max(totals, key=lambda index: (totals[index], -index)) if totals else None

    def _least_crossed(self, position: int, gaps: Sequence[int]) -> int:
        """Of sorted gaps the one that the fewest links cross, by weight; of equals the nearest by proportion."""
        expected = position * len(self.target) / max(1, len(self.source))
        middles = [(target, source < position, weight) for target, source, weight in self.middles]
        cost = sum(weight for _, before, weight in middles if before)
        costs: dict[int, float] = {}
        passed = 0
        for gap in gaps:
            while passed < len(middles) and middles[passed][0] < gap:
                cost += -middles[passed][2] if middles[passed][1] else middles[passed][2]
                passed += 1
            costs[gap] = cost
        return min(gaps, key=lambda gap: (round(costs[gap], 6), abs(gap - expected), -gap))


def _tree(nodes: Sequence[_Node], length: int) -> _Node:
    """The nodes below a root that holds the whole text."""
    root = _Node(Mark(0, length, -1))
    stack = [root]
    for node in nodes:
        while len(stack) > 1 and not (stack[-1].mark.start <= node.mark.start and node.mark.end <= stack[-1].mark.end):
            stack.pop()
        stack[-1].children.append(node)
        stack.append(node)
    return root


def _anchors(source: str, target: str) -> list[Link]:
    """Links between names and numbers that both sides have equally often, in order."""
    left, right = _proper(source), _proper(target)
    return [
        (*one, *other, _ANCHOR_WEIGHT)
        for word in left.keys() & right.keys()
        if len(left[word]) == len(right[word])
        for one, other in zip(left[word], right[word], strict=True)
    ]


def _proper(text: str) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for match in WORD.finditer(text):
        if match[0][0].isdigit() or (len(match[0]) > 1 and match[0][0].isupper()):
            found.setdefault(match[0], []).append(match.span())
    return found


def _is_punctuation(word: str) -> bool:
    return not any(character.isalnum() for character in word)


def _best_run(scores: Sequence[float], free: Sequence[bool]) -> tuple[int, int, float]:
    """The free words with the greatest sum: its half-open range and the sum; (0, 0, 0) where none is positive."""
    best = (0, 0, 0.0)
    begin, total = 0, 0.0
    for index, score in enumerate(scores):
        if not free[index]:
            begin, total = index + 1, 0.0
            continue
        if total <= 0:
            begin, total = index, 0.0
        total += score
        if total > best[2]:
            best = (begin, index + 1, total)
    return best
