// Which servers the sentinels of a service take for its master. It asks nobody and reads no clock.

/// The answers of the sentinels, as far as they have come.
struct SentinelInquiry {
    enum Answer: Hashable {
        case master(RedisConfiguration.Address)
        /// The sentinel watches no service of that name.
        case unknown
        /// The sentinel gave no answer that can be used; why, as a part of a sentence.
        case failed(String)
    }

    let service: String
    private let count: Int
    private var answers: [Answer] = []

    /// - Parameter count: how many sentinels are asked.
    init(service: String, count: Int) {
        self.service = service
        self.count = count
    }

    mutating func take(_ answer: Answer) {
        answers.append(answer)
    }

    /// Whether more than half of all sentinels name the same server: the others cannot change who comes first.
    var isDecided: Bool { (votes.first?.count ?? 0) * 2 > count }

    /// The servers that were named: first what most sentinels say, because one that was cut off, or lies, is alone.
    ///
    /// - Throws: `RedisError` if there is none.
    func candidates() throws(RedisError) -> [RedisConfiguration.Address] {
        let named = votes.map(\.address)
        guard named.isEmpty else { return named }
        guard !answers.contains(.unknown) else {
            throw RedisError(.connectionFailed, "the sentinels know no service \(service)")
        }
        let reasons = answers.compactMap { if case .failed(let reason) = $0 { reason } else { nil } }
        throw RedisError(.connectionFailed, "no sentinel answers (\(reasons.sorted().joined(separator: "; ")))")
    }

    private var votes: [(address: RedisConfiguration.Address, count: Int)] {
        var votes: [(address: RedisConfiguration.Address, count: Int)] = []
        for case .master(let address) in answers {
            if let index = votes.firstIndex(where: { $0.address == address }) {
                votes[index].count += 1
            } else {
                votes.append((address, 1))
            }
        }
        return votes.sorted { $0.count > $1.count }
    }
}

extension SentinelInquiry.Answer {
    /// Reads the reply to SENTINEL GET-MASTER-ADDR-BY-NAME.
    init(_ reply: RedisReply) {
        guard reply != .null else {
            self = .unknown
            return
        }
        let parts = reply.array?.compactMap(\.string) ?? []
        guard parts.count == 2, !parts[0].isEmpty, let port = Int(parts[1]), (1...65_535).contains(port) else {
            self = .failed("a sentinel names no address")
            return
        }
        self = .master(.tcp(host: parts[0], port: port))
    }
}
