// Compares the committed boards with the catalogue. `make documents` writes them.

import Dashboards
import Foundation
import Testing
import Textbook

@Suite("The files of the dashboards", .serialized)
struct FileTests {
    let boards = Dashboard.all()

    @Test("grafana/dashboards agrees with the catalogue")
    func boardsAreCurrent() throws {
        for board in boards {
            let file = Repository.boards.appendingPathComponent("\(board.uid).json")
            let expected = try board.file()
            if ProcessInfo.processInfo.environment["FLASHSALE_REGENERATE"] == "1" { try expected.write(to: file) }
            #expect(try Data(contentsOf: file) == expected, "run `make documents`: \(file.lastPathComponent)")
        }
    }

    @Test("No other board is there")
    func noStrays() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Repository.boards.path)
        #expect(Set(files) == Set(boards.map { "\($0.uid).json" }))
    }

    @Test("The provisioning has the boards' data sources")
    func provisioning() throws {
        let folder = Repository.root.appendingPathComponent("grafana/provisioning")
        let sources = try String(
            contentsOf: folder.appendingPathComponent("datasources/datasources.yml"), encoding: .utf8)
        for line in ["uid: prometheus", "uid: jaeger", "datasourceUid: jaeger", "timeInterval: 5s", "name: trace_id"] {
            #expect(sources.contains(line), "\(line)")
        }
        let providers = try String(
            contentsOf: folder.appendingPathComponent("dashboards/dashboards.yml"), encoding: .utf8)
        #expect(providers.contains("path: /var/lib/grafana/dashboards"))
        // The shortest window of the queries follows from the scrape interval.
        let prometheus = try String(
            contentsOf: Repository.root.appendingPathComponent("prometheus/prometheus.yml"), encoding: .utf8)
        #expect(prometheus.contains("scrape_interval: 5s"))
    }
}
