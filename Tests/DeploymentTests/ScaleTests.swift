// docs/SCALE.md: its tables are those that the measured figures give.

import Testing

@Suite("The model of capacity")
struct ScaleTests {
    @Test("The page has the tables that the results give", .enabled(if: Promtool.path(of: "python3") != nil))
    func page() throws {
        let (status, output) = try Promtool.run("python3", ["LoadTest/Benchmarks/capacity", "--check"])
        #expect(status == 0, "\(output)")
    }
}
