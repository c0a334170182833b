// A pod besides home, as one instance serves it: its stores from the start on, its flows and duties from the first
// answer of its ledger on.
//
//     away ──its ledger answers──► there ──three failed looks──► away
//
// Trust rule: a pod that is away takes its own sales with it, and nothing else. No start waits for it.

import FlashSale
import FlashSaleHTTP
import HiredisClient
import Logging
import Synchronization
import Telemetry
import WaitingRoom

final class Pod: Sendable {
    private static let interval = Duration.seconds(1)
    private static let failuresMax = 3

    private struct State {
        /// Nil before the ledger's first answer.
        var parts: Parts?
        /// Why it is away; nil while it is there.
        var problem: String? = "it has not answered yet"
    }

    let remote: RemotePod
    let stores: Stores
    private let checks: StartChecks
    private let logger: Logger
    private let makeParts: @Sendable (Stores, LedgerID) throws -> Parts
    private let state = Mutex(State())

    /// - Parameter makeParts: connects the parts over the ledger that has answered.
    init(
        _ id: PodID, _ settings: Settings, beside home: Stores, instruments: Instruments, logger: Logger,
        makeParts: @escaping @Sendable (Stores, LedgerID) throws -> Parts
    ) throws {
        remote = RemotePod(id)
        stores = try Stores(settings.of(id), beside: home, instruments: instruments, logger: logger)
        checks = StartChecks(stores: stores, wish: settings.databaseDurability, logger: logger)
        self.logger = logger
        self.makeParts = makeParts
    }

    /// Nil before the ledger's first answer.
    var parts: Parts? { state.withLock(\.parts) }

    var isAway: Bool { state.withLock { $0.problem != nil } }

    /// Runs until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for loop in stores.loops { group.addTask { await loop.run() } }
            guard let (parts, ledger) = await opened() else { return }
            for loop in parts.loops(over: stores, amongPods: true) { group.addTask { await loop.run() } }
            await follow(parts, ledger)
        }
    }

    /// Asks the ledger until it answers. Nil if the task is cancelled before.
    private func opened() async -> (Parts, LedgerID)? {
        while !Task.isCancelled {
            do {
                let ledger = try await checks.run(for: remote.id)
                let parts = try makeParts(stores, ledger)
                try await parts.board.refresh()
                try await parts.placements.refresh()
                state.withLock { $0.parts = parts }
                return (parts, ledger)
            } catch {
                away("\(error)")
                try? await Task.sleep(for: Self.interval)
            }
        }
        return nil
    }

    /// Looks again and again whether the ledger is there, and is still the same.
    private func follow(_ parts: Parts, _ ledger: LedgerID) async {
        var failures = 0
        while !Task.isCancelled {
            if await stores.databaseHolds(ledger) {
                failures = 0
                if isAway { logger.notice("pod is there", metadata: ["pod": "\(remote.id)"]) }
                state.withLock { $0.problem = nil }
                remote.open(parts.flows)
            } else {
                failures += 1
                if failures >= Self.failuresMax, !Task.isCancelled { away("its database is down") }
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    private func away(_ why: String) {
        remote.close()
        let before = state.withLock { state in
            defer { state.problem = why }
            return state.problem
        }
        guard before != why else { return }
        logger.warning("pod is away", metadata: ["pod": "\(remote.id)", "why": "\(why)"])
    }
}

/// The rule of the waiting rooms of all pods: each pod's knows its own.
struct PodRooms: Admission {
    let pods: [Pod]

    func refusal(of request: AdmissionRequest) async -> Refusal? {
        guard case .checkout(_, let place?) = request, place.sale.pod != .home else { return nil }
        return await pods.first { $0.remote.id == place.sale.pod }?.parts?.admission.refusal(of: request)
    }
}
