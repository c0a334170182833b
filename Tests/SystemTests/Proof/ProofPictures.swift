// Draws the dashboards from the measured data, and stores the pictures of a good run where the README shows them.

import Dashboards
import Foundation

enum ProofPictures {
    /// The buyers' requests; a profile of a second would dwarf them.
    private static let buyersHandlers = "checkout|purchase|order|sales_active|sale|sale_items"

    private static let drawn = ProofStage.root.appendingPathComponent(".build/proof")
    /// The board of a sale without faults; the others show the faults too.
    private static let overview = "flashsale-overview"

    /// Draws the overview of a sale that goes well.
    static func drawSale(_ stage: ProofStage) throws {
        try draw(stage, to: "sale", boards: [overview])
    }

    /// Draws all boards of a run.
    static func drawFaults(_ stage: ProofStage) throws {
        try draw(stage, to: "faults", boards: [])
    }

    /// Renews `docs/images`. A machine without Chromium has no pictures.
    static func publish() throws {
        for board in Dashboard.all() {
            let picture = drawn.appendingPathComponent("\(board.uid == overview ? "sale" : "faults")/\(board.uid).png")
            guard let image = try? Data(contentsOf: picture) else { continue }
            try image.write(to: ProofStage.root.appendingPathComponent("docs/images/\(board.uid).png"))
        }
    }

    /// Draws boards of a run from its start until now, into a directory under `.build/proof`. A machine without Python
    /// goes without.
    private static func draw(_ stage: ProofStage, to name: String, boards: [String]) throws {
        let directory = drawn.appendingPathComponent(name)
        try? FileManager.default.removeItem(at: directory)
        let python = "/usr/bin/python3"
        guard FileManager.default.isExecutableFile(atPath: python) else { return }
        let minutes = Date().timeIntervalSince(stage.start) / 60
        let program = Process()
        program.executableURL = URL(fileURLWithPath: python)
        program.arguments =
            [
                ProofStage.root.appendingPathComponent("scripts/draw-dashboards").path,
                "http://127.0.0.1:\(stage.prometheus.port)",
                directory.path, "--minutes", "\(minutes)",
                "--interval", "\(ProofStage.intervalSeconds)", "--handler", buyersHandlers,
            ] + boards.flatMap { ["--board", $0] }
        try program.run()
        program.waitUntilExit()
    }
}
