// Which map of the slots counts, of those that the nodes of a cluster tell. It asks nobody and reads no clock.

/// The answers of a cluster's nodes.
struct ClusterInquiry {
    struct Answer: Sendable {
        let map: SlotMap
        /// Whether the node takes the cluster for whole: one that is cut off from most masters does not.
        let isUp: Bool
        /// The latest change of the cluster that the node has heard of.
        let epoch: Int64

        /// - Parameter info: the reply to CLUSTER INFO.
        init(_ map: SlotMap, info: String) {
            let fields = infoFields(info)
            self.map = map
            isUp = fields["cluster_state"] == "ok"
            epoch = fields["cluster_current_epoch"].flatMap { Int64($0) } ?? 0
        }
    }

    private var answers: [Answer] = []
    private var failures: [RedisError] = []

    mutating func take(_ answer: Result<Answer, RedisError>) {
        switch answer {
        case .success(let answer): answers.append(answer)
        case .failure(let error): failures.append(error)
        }
    }

    /// The first failure that no wait will cure: of a seed that is no node of a cluster, or does not let the client in.
    var misfit: RedisError? { failures.first { $0.code == .configuration } }

    /// The map of the node that has heard of the latest change, among those that take the cluster for whole if there
    /// is one.
    ///
    /// - Throws: `RedisError` if no node tells of any slot.
    func map() throws(RedisError) -> SlotMap {
        let best = answers.max { ($0.isUp ? 1 : 0, $0.epoch) < ($1.isUp ? 1 : 0, $1.epoch) }
        guard let best else {
            if let misfit { throw misfit }
            let reasons = failures.map(\.message).sorted().joined(separator: "; ")
            throw RedisError(.connectionFailed, "no node of the cluster answers (\(reasons))")
        }
        guard !best.map.masters.isEmpty else {
            throw RedisError(.connectionFailed, "no slot of the cluster has a master")
        }
        return best.map
    }
}
