// How many connections a process may have that may open so many files.

import FlashSaleHTTP
import Testing

@testable import FlashSaleCLI

@Suite("The budget of open files")
struct DescriptorBudgetTests {
    @Test("The API has what the listener for operations leaves, and the reserve stays free")
    func shares() throws {
        for files in [800, 1_024, 4_096, 20_000] {
            let api = try #require(DescriptorBudget(files: files).connections(atMost: 1_000_000))
            let operations = min(api, HTTPLimits.operationsConnections)
            let open = api + operations + 2 * HTTPLimits.surplusConnections
            #expect(api > 0)
            #expect((0...1).contains(files - DescriptorBudget.reserved - open))
        }
        #expect(DescriptorBudget(files: 20_000).connections(atMost: 10_000) == 10_000)
        #expect(DescriptorBudget(files: 700).connections(atMost: 10_000) == nil)
    }
}
