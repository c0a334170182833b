// Builds the journal's lines: text, one fact a line, so that grep works on them. `History` reads and describes them.

import Audit
import Textbook

/// Builds lines.
enum JournalLine {
    static func sent(
        _ request: UInt64, at: Int64, buyer: UInt32, _ errand: Errand, code: String?, ticket: String? = nil,
        to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: [UInt8(ascii: "S"), UInt8(ascii: " ")])
        bytes.append(decimal: request)
        bytes.append(UInt8(ascii: " "))
        bytes.append(decimal: at)
        bytes.append(UInt8(ascii: " "))
        bytes.append(decimal: buyer)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: errand.endpoint.name.utf8)
        bytes.append(UInt8(ascii: " "))
        if case .checkout(let item) = errand {
            bytes.append(decimal: item)
        } else {
            bytes.append(contentsOf: (code ?? "-").utf8)
        }
        bytes.append(UInt8(ascii: " "))
        append(ticket, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// What an answer said of the buyer's place in line.
    static func place(_ request: UInt64, _ news: QueueNews, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: [UInt8(ascii: "P"), UInt8(ascii: " ")])
        bytes.append(decimal: request)
        bytes.append(UInt8(ascii: " "))
        append(news.ticket, to: &bytes)
        append(news.number, to: &bytes)
        append(news.isCalled ? 1 : 0, to: &bytes)
        for number in [news.ahead, news.low, news.high] { append(number, to: &bytes) }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// What an answer or an event said of the whole line.
    ///
    /// - Parameter tellsDraw: whether its draw is news.
    static func line(
        _ request: UInt64, at: Int64, _ news: QueueNews, tellsDraw: Bool = false, to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: [UInt8(ascii: "L"), UInt8(ascii: " ")])
        bytes.append(decimal: request)
        bytes.append(UInt8(ascii: " "))
        bytes.append(decimal: at)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: (news.phase?.rawValue ?? "-").utf8)
        append(news.called, to: &bytes)
        if tellsDraw, let draw = news.draw {
            bytes.append(contentsOf: " \(draw.commit) \(draw.seed ?? "-")".utf8)
            append(draw.count, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// The end of a ticket: enough to know it again.
    private static func append(_ ticket: String?, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: (ticket?.utf8.suffix(ticketLength)).map(Array.init) ?? [UInt8(ascii: "-")])
    }

    /// How much of a ticket a journal has.
    private static let ticketLength = 8

    private static func append(_ number: Int32?, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: " "))
        if let number { bytes.append(decimal: number) } else { bytes.append(UInt8(ascii: "-")) }
    }

    static func answered(
        _ request: UInt64, at: Int64, status: Int, _ outcome: Outcome, _ content: AnswerContent, to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: [UInt8(ascii: "A"), UInt8(ascii: " ")])
        bytes.append(decimal: request)
        bytes.append(UInt8(ascii: " "))
        bytes.append(decimal: at)
        bytes.append(UInt8(ascii: " "))
        bytes.append(decimal: status)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: outcome.name.utf8)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: (content.reason?.rawValue ?? "-").utf8)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: (content.code ?? "-").utf8)
        bytes.append(UInt8(ascii: " "))
        if content.soldItems.isEmpty { bytes.append(UInt8(ascii: "-")) }
        for (index, item) in content.soldItems.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(decimal: item)
        }
        bytes.append(UInt8(ascii: " "))
        if let expires = content.expiresAt {
            bytes.append(decimal: expires)
        } else {
            bytes.append(UInt8(ascii: "-"))
        }
        if let receipt = content.receipt {
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: receipt.utf8)
        }
        bytes.append(UInt8(ascii: "\n"))
    }
}
