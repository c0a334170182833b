// Work for several sales, or for several lanes of one, at once.

extension Array where Element: Sendable {
    /// Does something for each, side by side: one whose stores or whose queue make it wait keeps no other one waiting.
    ///
    /// - Returns: what came of each, in any order.
    /// - Throws: the first failure, after the work for all has ended.
    @discardableResult
    public func sideBySide<Value: Sendable>(
        _ work: @escaping @Sendable (Element) async throws(LedgerFailure) -> Value
    ) async throws(LedgerFailure) -> [Value] {
        if count == 1 { return [try await work(self[0])] }
        let results = await withTaskGroup(of: Result<Value, LedgerFailure>.self) { group in
            for element in self {
                group.addTask {
                    do throws(LedgerFailure) {
                        return .success(try await work(element))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var values: [Value] = []
        for result in results { values.append(try result.get()) }
        return values
    }
}
