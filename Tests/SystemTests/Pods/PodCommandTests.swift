// Commands over two pods: each finds the pod that a sale or a shop is in, and says which pod does not answer.

import Foundation
import Testing

extension SystemTests {
    @Suite("Commands over pods", .serialized)
    struct PodCommandTests {
        private static func json(_ text: String) throws -> NSDictionary {
            try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary)
        }

        @Test("Commands find the pod by a sale's number or a shop's word, and name one that does not answer")
        func commands() async throws {
            try await PodScene.with { scene in
                let moved = try await scene.move(to: 1)
                #expect(moved.contains("lego is in pod 1: its next sale begins there\n"), "\(moved)")
                #expect(try await !scene.run(["shops", "list"]).contains("1970"))
                var numbers: [Int] = []
                for shop in ["main", "lego"] {
                    let made = try await scene.run(["sale", "create", "--total-items", "20", "--shop", shop, "--json"])
                    numbers.append(try #require((try Self.json(made)["id"] as? String).flatMap { Int($0) }))
                }
                let (main, lego) = (numbers[0], numbers[1])
                #expect(main < 1 << 24 && lego >> 24 == 1)
                for (shop, sale) in [("main", main), ("lego", lego)] {
                    try await until("\(shop) is on") { try await scene.service.activeSale(in: shop) == sale }
                }
                #expect(
                    try await scene.buy(1..<9, of: [("main", main), ("lego", lego)]).allSatisfy { $0 == [200, 200] })
                let lines = try await scene.run(["sale", "list"]).split(separator: "\n")
                #expect(lines.count == 3 && lines[0].contains(#/^ *sale  shop  pod  /#), "\(lines)")
                #expect(lines.contains { $0.contains(#/\b\d+  main  home   on/#) }, "\(lines)")
                #expect(lines.contains { $0.contains(#/\b\d+  lego  pod 1  on/#) }, "\(lines)")
                #expect(try await scene.run(["sale", "list", "--pod", "1"]).split(separator: "\n").count == 2)
                #expect(try await scene.run(["sale", "show", "--sale", "\(lego)"]).contains("pod           1\n"))
                let why = ["--sale", "\(lego)", "--if-match", "1", "--reason", "a test"]
                _ = try await scene.run(["sale", "pause"] + why)
                #expect(try await scene.run(["sale", "log", "--sale", "\(lego)"]).contains("pause"))
                #expect(try await scene.pod.ledger.number("select count(*) from sales where version = 2") == 1)
                let strange = try await scene.run(["sale", "show", "--sale", "\(2 << 24)"], endingWith: 1)
                #expect(strange.contains("FLASHSALE_PODS does not name its pod, 2"), "\(strange)")
                #expect(try await scene.run(["sale", "list", "--pod", "2"], endingWith: 1).contains("names no pod 2"))
                let views = try await scene.run(["shops", "views"])
                #expect(views.contains(#/follow\('home', .+\n.+\('pod_1', '127.0.0.1', \d+, '/#), "\(views)")
                try await Self.report(lego, scene)
                try await Self.audits(main, lego, scene)
            }
        }

        private static func report(_ sale: Int, _ scene: PodScene) async throws {
            let directory = try TestDirectory("report")
            defer { directory.remove() }
            let file = directory.file("sale.html")
            _ = try await scene.run(["report", "--sale", "\(sale)", "--html", file])
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains("\(sale)"))
        }

        private static func audits(_ main: Int, _ lego: Int, _ scene: PodScene) async throws {
            let both = try await scene.run(["audit"])
            #expect(both.hasPrefix("home\nI") && both.contains("\n\npod 1\nI"), "\(both)")
            for arguments in [["--pod", "1"], ["--sale", "\(lego)"], ["--sale", "\(main)"]] {
                #expect(try await scene.run(["audit"] + arguments).hasPrefix("I"), "\(arguments)")
            }
            // A ledger under another pod's name is none that was audited.
            let mistaken = ["FLASHSALE_POD_1_DATABASE_URL": scene.home.databaseURL]
            let one = try await scene.run(["audit", "--json"], mistaken, endingWith: 3)
            #expect(one.contains(#/"passed" ?: false/#) && one.contains(#/"problem" ?: "pod 1 does not answer, or is/#))
            #expect(one.contains("Error: pod 1 was not audited: "), "\(one)")
            let listed = try await scene.run(["sale", "list"], mistaken, endingWith: 1)
            #expect(listed.contains("\(main)  home") && !listed.contains("lego"), "\(listed)")
            #expect(listed.contains("pod 1 does not answer, or is another pod"))

            let gone = ["FLASHSALE_POD_1_DATABASE_URL": "postgres://a:b@127.0.0.1:1/none"]
            #expect(try await scene.run(["audit"], gone, endingWith: 3).contains("pod 1\nNOT AUDITED\n"))
            #expect(try await scene.run(["sale", "list"], gone, endingWith: 1).contains("ledger of pod 1 cannot be"))
            let shelf = ["sale", "create", "--total-items", "1", "--shop", "lego"]
            #expect(try await scene.run(shelf, gone, endingWith: 1).contains("pod 1 does not answer"))
            #expect(try await scene.run(["audit", "--pod", "0"], gone).hasPrefix("I"))

            let deaf = try await scene.run(
                ["audit", "--pod", "0"], ["FLASHSALE_REDIS_URL": "redis://127.0.0.1:1"], endingWith: 3)
            #expect(deaf.contains("AUDIT INCOMPLETE in "), "\(deaf)")
            #expect(deaf.contains("Error: the gate was not checked: "))

            // A breach in one pod is the verdict, whatever the others say.
            try await scene.home.ledger.run("delete from orders")
            #expect(try await scene.run(["audit"], gone, endingWith: 1).contains("AUDIT FAILED"))
        }
    }
}
