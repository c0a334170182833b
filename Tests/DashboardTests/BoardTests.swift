// The rules for every board: those of Grafana's dashboard-linter, by their names there, and further ones.

import Dashboards
import Testing
import Textbook

@Suite("Every board")
struct BoardTests {
    static let boards = Dashboard.all()

    @Test("names only series and labels that exist, and reads counters by their rates", arguments: boards)
    func faults(board: Dashboard) {
        #expect(board.faults.isEmpty, "\(board.faults.joined(separator: "\n"))")
    }

    @Test("cannot be edited, shows UTC, shares its crosshair and its tag (uneditable)", arguments: boards)
    func settings(board: Dashboard) throws {
        let json = board.json
        #expect(json["editable"] == false)
        #expect(json["timezone"] == "utc")
        #expect(json["graphTooltip"] == 1)
        #expect(try #require(json["schemaVersion"]?.integer) >= 41)
        #expect(json["tags"] == ["flashsale"])
        let link = try #require(json["links"]?.array?.first)
        #expect(link["type"] == "dashboards")
        #expect(link["tags"] == ["flashsale"])
        #expect(link["includeVars"]?.isTrue == true && link["keepTime"]?.isTrue == true)
    }

    @Test("has its data source as a variable with a label (template-datasource)", arguments: boards)
    func datasource(board: Dashboard) throws {
        let variable = try #require(board.variableObjects.first)
        #expect(variable["name"] == "datasource")
        #expect(variable["type"] == "datasource")
        #expect(variable["query"] == "prometheus")
        #expect(variable["label"] == "Data source")
    }

    @Test(
        "lets one choose job, instance and handler (template-job, -instance, -label-promql, -on-time-change-reload)",
        arguments: boards)
    func variables(board: Dashboard) throws {
        let queries = board.variableObjects.dropFirst()
        #expect(queries.map { $0["name"]?.string } == ["job", "instance", "handler"])
        for variable in queries {
            #expect(variable["type"] == "query")
            #expect(variable["datasource"]?["uid"] == "${datasource}")
            #expect(variable["multi"]?.isTrue == true && variable["includeAll"]?.isTrue == true)
            #expect(variable["allValue"] == ".+")
            #expect(variable["refresh"] == 2)
            let query = try #require(variable["query"]?["query"]?.string)
            #expect(query.hasPrefix("label_values("))
        }
    }

    @Test("has a title, a description, a source and a unit for each panel (panel-*)", arguments: boards)
    func panels(board: Dashboard) throws {
        let units = Set(Panel.Unit.allCases.map(\.rawValue))
        for panel in board.panelObjects {
            let title = try #require(panel["title"]?.string)
            let description = try #require(panel["description"]?.string)
            #expect(!title.isEmpty)
            #expect(description.hasSuffix("."), "\(title)")
            #expect(panel["datasource"]?["uid"] == "${datasource}", "\(title)")
            #expect(panel["targets"]?.array?.isEmpty == false, "\(title)")
            let defaults = try #require(panel["fieldConfig"]?["defaults"])
            #expect(units.contains(defaults["unit"]?.string ?? ""), "\(title)")
            #expect(defaults["links"]?.array?.first?["url"]?.string?.contains("jaeger") == true, "\(title)")
        }
        for row in board.rows {
            #expect(Set(row.panels.map(\.title)).count == row.panels.count, "\(row.title)")
        }
    }

    @Test("narrows every query to the chosen job and instance (target-job, target-instance)", arguments: boards)
    func targets(board: Dashboard) throws {
        for target in board.targetObjects {
            let text = try #require(target["expr"]?.string)
            let selectors = text.matches(of: /([a-zA-Z_:][\w:]*){([^}]*)}/)
            #expect(!selectors.isEmpty, "\(text)")
            for selector in selectors {
                if selector.1 == "ALERTS" { continue }
                #expect(selector.2.contains("job=~\""), "\(text)")
                // A series that is recorded over all instances has none; an exporter has its own job.
                let isOurs = selector.2.contains("job=~\"$job\"") && !selector.1.contains(":")
                #expect(!isOurs || selector.2.contains("instance=~\"$instance\""), "\(text)")
            }
            #expect(target["datasource"]?["uid"] == "${datasource}", "\(text)")
        }
    }

    @Test("leaves the window of a rate to Grafana (target-rate-interval)", arguments: boards)
    func windows(board: Dashboard) throws {
        for target in board.targetObjects {
            let text = try #require(target["expr"]?.string)
            for match in text.matches(of: /\b(rate|increase|predict_linear)\(([^\[\]]*)\[([^\]]*)\]/) {
                #expect(match.3 == "$__rate_interval", "\(text)")
            }
        }
    }

    @Test("shows exemplars with every latency, so that a bad one leads to its trace", arguments: boards)
    func exemplars(board: Dashboard) throws {
        for target in board.targetObjects {
            let text = try #require(target["expr"]?.string)
            let isLatency = text.contains("histogram_quantile") && text.contains("_seconds_bucket")
            let isOurs = !text.contains("job=~\"load.*\"")
            #expect(!isLatency || !isOurs || target["exemplar"]?.isTrue == true, "\(text)")
        }
    }

    @Test("gives each panel and each query its own number", arguments: boards)
    func numbers(board: Dashboard) {
        let numbers = board.allObjects.compactMap { $0["id"]?.integer }
        #expect(numbers.count == board.allObjects.count)
        #expect(Set(numbers).count == numbers.count)
        for panel in board.panelObjects {
            let letters = (panel["targets"]?.array ?? []).compactMap { $0["refId"]?.string }
            #expect(Set(letters).count == letters.count)
        }
    }

    @Test("lays its panels out on 24 columns without overlap, and fills every line", arguments: boards)
    func layout(board: Dashboard) throws {
        var taken: [Int: Set<Int>] = [:]
        for panel in board.allObjects {
            let place = try #require(panel["gridPos"])
            let x = try #require(place["x"]?.integer)
            let y = try #require(place["y"]?.integer)
            let width = try #require(place["w"]?.integer)
            let height = try #require(place["h"]?.integer)
            #expect(x >= 0 && width > 0 && x + width <= 24 && height > 0)
            for line in y..<(y + height) {
                let columns = Set(x..<(x + width))
                #expect(taken[line, default: []].isDisjoint(with: columns), "\(panel["title"]?.string ?? "")")
                taken[line, default: []].formUnion(columns)
            }
        }
        let gaps = taken.filter { $0.value.count < 24 }.keys.sorted()
        #expect(gaps.isEmpty, "\(board.uid) has gaps on lines \(gaps)")
    }

    @Test("marks deploys, the sale and critical alerts", arguments: boards)
    func annotations(board: Dashboard) {
        let annotations = board.json["annotations"]?["list"]?.array ?? []
        let names = annotations.compactMap { $0["name"]?.string }
        #expect(names == ["Deploy", "Sale begins", "Sale ends", "Critical alert"])
        let expressions = annotations.compactMap { $0["expr"]?.string }
        #expect(expressions[0].contains("changes(process_start_time_seconds{"))
        #expect(expressions[3] == "ALERTS{alertstate=\"firing\",severity=\"critical\"}")
    }

    @Test("has its own address, and Grafana accepts it")
    func addresses() {
        let uids = Self.boards.map(\.uid)
        #expect(Set(uids).count == 8)
        #expect(uids.allSatisfy { $0.wholeMatch(of: /[a-z\-]{8,40}/) != nil })
    }
}
