// What operators ask for that takes longer than a request: it runs in a task of its own, and its result waits here.
//
// Trust rule: one at a time, however often it is asked for, and the results of a few sales. Nothing runs unasked.

internal import FlashSale
internal import OperatorConsole
internal import Synchronization

final class ConsoleErrands<Value: Sendable>: Sendable {
    private static var salesMax: Int { 8 }

    private let errands = Mutex<[SaleID: ConsoleErrand<Value>]>([:])
    private let work: @Sendable (SaleID) async throws -> Value

    private enum Start {
        case begins
        case runsAlready
        /// With another sale.
        case isBusy
    }

    init(_ work: @escaping @Sendable (SaleID) async throws -> Value) {
        self.work = work
    }

    func standing(of sale: SaleID) -> ConsoleErrand<Value>? { errands.withLock { $0[sale] } }

    /// Begins the work for a sale.
    ///
    /// - Parameter now: reads the clock, for the page.
    /// - Returns: false if the work is done for another sale now.
    func start(_ sale: SaleID, now: @escaping @Sendable () -> Timestamp) -> Bool {
        let start = errands.withLock { errands -> Start in
            if let running = errands.first(where: { $0.value.isRunning }) {
                return running.key == sale ? .runsAlready : .isBusy
            }
            if errands.count >= Self.salesMax, errands[sale] == nil, let other = errands.keys.min() {
                errands[other] = nil
            }
            errands[sale] = .running(since: now())
            return .begins
        }
        guard start == .begins else { return start != .isBusy }
        Task { [work] in
            let errand: ConsoleErrand<Value>
            do {
                errand = .done(try await work(sale), at: now())
            } catch {
                errand = .failed("\(error)", at: now())
            }
            errands.withLock { $0[sale] = errand }
        }
        return true
    }
}
