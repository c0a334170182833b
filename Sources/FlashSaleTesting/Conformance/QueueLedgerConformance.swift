// What every `QueueLedger` must do: rules that the ledgers in memory and in Postgres both keep.

internal import FlashSale
internal import Telemetry
internal import WaitingRoom

/// The rules of every `QueueLedger`.
public enum QueueLedgerConformance {
    /// All rules of the lines.
    public static let all = [
        LedgerRule("The draw is published once its sale has begun, by who has the duty, and stays as it is") { scene in
            let fence = try await scene.bench.nextFence(.usher)
            try scene.expect(try await scene.lines.state(of: SaleID(99)), nil, "no sale, no line")
            for (instance, gathered) in [(1, 30), (2, 20), (1, 40)] as [(UInt64, Int32)] {
                try await scene.report(by: instance, QueueCounts(gathered: gathered))
            }
            let before = try await scene.line()
            try scene.expect(before.draw, nil, "the draw before it is published")
            try scene.expect(before.counts.gathered, 60, "the tickets that were reported")
            let stale = try await scene.lines.publishDraw(of: scene.sale.id, fence: FencingNumber(fence.value - 1))
            try scene.expect(stale, false, "a stale fence")
            try scene.expect(try await scene.line().draw, nil, "the draw after a stale fence")
            for _ in 1...2 {
                let isDone = try await scene.lines.publishDraw(of: scene.sale.id, fence: fence)
                try scene.expect(isDone, true, "the publication")
                let line = try await scene.line()
                try scene.expect(line.draw?.ticketCount, 60, "the count of tickets")
                try scene.expect(line.draw?.seed.commit, before.commit, "the commit of the seed")
                try await scene.report(by: 3, QueueCounts(gathered: 5, late: 7))
            }
            try scene.expect(try await scene.line().lastNumber, 67, "the last number")
            let isEarly = try await scene.lines.publishDraw(of: scene.next.id, fence: fence)
            try scene.expect(isEarly, true, "a publication before the start")
            try scene.expect(try await scene.lines.state(of: scene.next.id)?.draw, nil, "the draw before the start")
        },
        LedgerRule("Numbers are called by who has the duty, and only from where it has seen the line") { scene in
            let fence = try await scene.bench.nextFence(.usher)
            try await scene.report(by: 1, QueueCounts(gathered: 50))
            let isEarly = try await scene.call(5, from: 0, fence)
            try scene.expect(isEarly, false, "a call before the draw")
            _ = try await scene.lines.publishDraw(of: scene.sale.id, fence: fence)
            for (step, from, fence, isDone) in [
                (5, 0, fence, true), (5, 0, fence, false), (3, 5, FencingNumber(fence.value - 1), false),
                (3, 5, fence, true), (0, 8, fence, true),
            ] {
                let done = try await scene.call(Int32(step), from: Int32(from), fence)
                try scene.expect(done, isDone, "\(step) numbers from \(from)")
            }
            let line = try await scene.line()
            try scene.expect(line.called, 8, "the numbers that are called")
            try scene.expect(line.usher.pace, 123.5, "the pace of the next step")
            try scene.expect(line.usher.share, 0.625, "the share")
            try scene.expect(line.usher.sheds, 4, "the refusals that the usher has seen")
            try scene.expect(line.usher.steppedAt != nil && line.usher.calledAt != nil, true, "the times of the steps")
            try scene.expect(line.cohorts.map { [$0.last, $0.called, $0.shown] }, [[8, 8, 0]], "the cohort")
        },
        LedgerRule("What instances count of a cohort adds up, and a report replaces the one before it") { scene in
            let fence = try await scene.bench.nextFence(.usher)
            _ = try await scene.lines.publishDraw(of: scene.sale.id, fence: fence)
            try await scene.report(by: 1, QueueCounts(late: 9))
            _ = try await scene.call(9, from: 0, fence)
            let index = try await scene.line().cohorts.map(\.index)[0]
            try await scene.report(by: 1, QueueCounts(late: 9, came: 2, sheds: 1), shown: [index: 2])
            try await scene.report(by: 1, QueueCounts(late: 9, came: 3, sheds: 1), shown: [index: 3])
            try await scene.report(by: 2, QueueCounts(came: 4, sheds: 2), shown: [index: 4])
            let others = QueueReport(instance: 3, counts: QueueCounts(gathered: 50, came: 6), shown: [index: 6])
            try await scene.lines.report(others, of: scene.next.id)
            let line = try await scene.line()
            try scene.expect(line.counts, QueueCounts(late: 9, came: 7, sheds: 3), "what all have counted")
            try scene.expect(line.cohorts.map(\.shown), [7], "who came of the cohort")
            try scene.expect(line.stock, StockCount(free: 4, held: 0, sold: 0), "the stock")
            try scene.expect(try await scene.lines.ticketKeys().canSign, true, "there is a key")
        },
        LedgerRule("Nobody who was called before the clock was set back is expected any more") { scene in
            let fence = try await scene.bench.nextFence(.usher)
            _ = try await scene.lines.publishDraw(of: scene.sale.id, fence: fence)
            _ = try await scene.call(9, from: 0, fence)
            try await scene.pass(.seconds(-30))
            try scene.expect(try await scene.line().cohorts, [], "the cohorts of before")
            _ = try await scene.call(5, from: 9, fence)
            let line = try await scene.line()
            try scene.expect(line.cohorts.map { [$0.last, $0.called] }, [[14, 5]], "the cohorts since")
        },
    ]
}

extension LedgerScene {
    fileprivate func line() async throws -> QueueState {
        guard let line = try await lines.state(of: sale.id) else {
            throw ConformanceFailure(description: "the sale has no line")
        }
        return line
    }

    fileprivate func report(by instance: UInt64, _ counts: QueueCounts, shown: [Int32: Int32] = [:]) async throws {
        try await lines.report(QueueReport(instance: instance, counts: counts, shown: shown), of: sale.id)
    }

    fileprivate func call(_ step: Int32, from called: Int32, _ fence: FencingNumber) async throws -> Bool {
        let view = UsherView(
            called: called, lastNumber: 50, free: 4, unitsPerCart: 1, cohorts: [], index: 12, pace: 200, share: 1,
            sheds: 4, sinceStep: .milliseconds(250), sinceCall: .zero)
        let step = UsherStep(
            step: step, pace: 123.5, share: 0.625, unitsPerCart: 1, pending: 0, seconds: 0.25, isNudge: false)
        return try await lines.call(step, from: view, of: sale.id, fence: fence)
    }
}
