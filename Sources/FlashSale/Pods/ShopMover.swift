// Moves shops from one pod to another. ``ShopMoveStep`` decides, this type acts.

/// The ledgers of all pods, between which shops move.
public struct ShopMover: Sendable {
    /// More than a move takes, and a repair before it.
    private static let stepsMax = 300

    private let ledgers: [PodID: any ShopPlacements]

    public init(_ ledgers: [PodID: any ShopPlacements]) {
        self.ledgers = ledgers
    }

    /// What each ledger knows that answers, by pod.
    public func known() async -> [KnownPlacements] {
        var known: [KnownPlacements] = []
        for (pod, ledger) in ledgers.sorted(by: { $0.key < $1.key }) {
            // One that says that it is another pod counts as none.
            if let answer = try? await ledger.known(), answer.pod == pod { known.append(answer) }
        }
        return known
    }

    /// Moves a shop, or ends a move that was broken off.
    ///
    /// - Parameter onStep: hears of each step after it is done. What it throws ends the move there.
    /// - Returns: the last step: done, or the pod that does not answer.
    public func move(
        _ shop: ShopID, to target: PodID, onStep: (ShopMoveStep) async throws -> Void = { _ in }
    ) async throws -> ShopMoveStep {
        for _ in 0..<Self.stepsMax {
            let step = ShopMoveStep.next(for: shop, to: target, among: await known())
            switch step {
            case .done, .unreachable: return step
            case .give(let placement):
                // If another mover was faster, the next round goes on from there.
                let given = try await ledgers[placement.pod]?.give(shop, version: placement.version, to: target)
                try await onStep(step)
                // From here on no pod has the shop, so nobody else is asked first: one of them may not answer.
                if let given { try await tell(given, target, onStep) }
            case .tell(let placement, let pod): try await tell(placement, pod, onStep)
            }
        }
        // Others move it on as fast as this one does.
        return .unreachable(target)
    }

    private func tell(
        _ placement: ShopPlacement, _ pod: PodID, _ onStep: (ShopMoveStep) async throws -> Void
    ) async throws {
        _ = try await ledgers[pod]?.learn(placement)
        try await onStep(.tell(placement, pod))
    }
}
