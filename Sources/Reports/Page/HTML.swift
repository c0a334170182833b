// The parts of a page that are no charts: tables, tiles, bars. Their text cannot become markup.

internal import Textbook

/// Parts of a page, as markup.
public enum HTML {
    /// A bar with its words on both sides.
    public struct Bar {
        let label: String
        /// Of the longest bar, from 0 to 1.
        let share: Double
        let words: String

        public init(_ label: String, share: Double, _ words: String) {
            self.label = label
            self.share = share
            self.words = words
        }
    }

    /// A table under a title. One that is too wide is moved by itself, and not the page.
    public static func table(_ title: String, _ head: [String], _ rows: [[String]]) -> String {
        let title = title.escapedForHTML
        let head = head.map { $0.isEmpty ? "<td></td>" : "<th scope=\"col\">\($0.escapedForHTML)</th>" }.joined()
        let body = rows.map { "<tr>" + $0.map { "<td>\($0.escapedForHTML)</td>" }.joined() + "</tr>" }.joined()
        return "<h2>\(title)</h2>" + wide("<table><tr>\(head)</tr>\(body)</table>", title)
    }

    /// Lets something wide be moved by itself, by finger and by keyboard.
    ///
    /// - Parameters:
    ///   - content: markup.
    ///   - title: its name for those who do not see it, as markup too.
    public static func wide(_ content: String, _ title: String) -> String {
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"\(title)\">\(content)</div>"
    }

    /// Figures with their names.
    public static func tiles(_ tiles: [(name: String, figure: String)]) -> String {
        let items = tiles.map { "<div><dt>\($0.name.escapedForHTML)</dt><dd>\($0.figure.escapedForHTML)</dd></div>" }
        return "<dl class=\"tiles\">\(items.joined())</dl>"
    }

    /// Bars one below another, as a table whose middle column is drawn.
    public static func bars(_ bars: [Bar], _ color: PageColor) -> String {
        let rows = bars.map { bar in
            "<tr><th scope=\"row\">\(bar.label.escapedForHTML)</th><td class=\"track\" aria-hidden=\"true\">"
                + "<div style=\"width:\(Words.fixed(min(max(bar.share, 0), 1) * 100, 1))%\"></div></td>"
                + "<td>\(bar.words.escapedForHTML)</td></tr>"
        }
        return "<table class=\"bars\" style=\"--c:\(color.css)\">\(rows.joined())</table>"
    }

    /// What rows have in common: what all have in words, and each pattern with the share of its rows.
    public static func patterns(_ title: String, _ summary: TableSummary, _ color: PageColor) -> String {
        guard summary.count > 0 else { return "" }
        let common = summary.words(of: summary.everywhere)
        var text = "<h2>\(title.escapedForHTML)</h2>"
        if !common.isEmpty { text += "<p class=\"muted\">All: \(common.escapedForHTML).</p>" }
        guard !summary.patterns.isEmpty else { return text + (common.isEmpty ? "<p>Nothing.</p>" : "") }
        let rest = summary.count - summary.patterns.reduce(0) { $0 + $1.count }
        let patterns = summary.patterns.map { (summary.words(of: $0.values), $0.count) }
        let bars = (patterns + (rest > 0 ? [("none of these", rest)] : [])).map { words, count in
            let share = Double(count) / Double(summary.count)
            return Bar(words, share: share, "\(Words.percent(share)), \(Words.count(count))")
        }
        return text + self.bars(bars, color)
    }
}
