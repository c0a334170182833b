// Work for several sales at once.

extension [Sale] {
    /// Does something for each sale, side by side: a sale whose stores make it wait keeps no other one waiting.
    ///
    /// - Throws: the first failure, after the work for all sales has ended.
    public func sideBySide(
        _ work: @escaping @Sendable (Sale) async throws(LedgerFailure) -> Void
    ) async throws(LedgerFailure) {
        if count == 1 { return try await work(self[0]) }
        let failure = await withTaskGroup(of: LedgerFailure?.self) { group in
            for sale in self {
                group.addTask {
                    do throws(LedgerFailure) {
                        try await work(sale)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(nil) { $0 ?? $1 }
        }
        if let failure { throw failure }
    }
}
