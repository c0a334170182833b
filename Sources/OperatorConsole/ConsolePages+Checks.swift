// What an operator asks for that takes a while: the audit of a sale, and its story.

internal import BuyerPage
public import FlashSale
internal import Tokens

extension ConsolePages {
    /// What came of them.
    public func checks(
        of sale: SaleID, audit: ConsoleErrand<ConsoleAudit>?, story: ConsoleErrand<String>?, in frame: ConsoleFrame
    ) -> [UInt8] {
        var fields: [String: Any] = ["id": sale.description, "may": frame.session?.may(.operate) ?? false]
        var shown = standing(of: audit)
        if case .done(let verdict, _) = audit {
            let tenths = Int((verdict.seconds * 10).rounded())
            // A breach is the graver news.
            shown["verdict"] = !verdict.isClean ? "Failed" : verdict.problem == nil ? "Passed" : "Incomplete"
            shown["seconds"] = "\(tenths / 10).\(tenths % 10)"
            shown["tone"] = verdict.isClean && verdict.problem == nil ? "" : "bad"
            shown["problem"] = verdict.problem
            shown["rows"] = verdict.rows.map { row -> [String: Any] in
                [
                    "invariant": row.invariant, "sentence": row.sentence, "kind": row.breaches == 0 ? "" : "late",
                    "verdict": row.breaches == 0 ? "ok" : "\(language.number(row.breaches)) broken",
                    "examples": row.examples,
                ]
            }
            shown["notes"] = verdict.notes
        }
        fields["audit"] = shown
        fields["story"] = standing(of: story)
        return page("Checks of sale \(sale)", .checks, fields, in: frame)
    }

    private func standing<Value>(of errand: ConsoleErrand<Value>?) -> [String: Any] {
        switch errand {
        case nil: ["idle": true]
        case .running(let since): ["running": time(since)]
        case .done(_, let at): ["done": time(at), "idle": true]
        case .failed(let why, _): ["failed": why, "idle": true]
        }
    }
}

extension ConsoleErrand {
    public var isRunning: Bool { if case .running = self { true } else { false } }
}
