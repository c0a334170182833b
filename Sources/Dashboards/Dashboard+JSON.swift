// A board as Grafana reads it: the variables, annotations and links that all boards share, and the panels laid out on a
// grid of 24 columns.

public import FoundationEssentials
internal import Telemetry
public import Textbook

extension Dashboard {
    /// The schema of Grafana 11.6, which later ones read.
    static let schemaVersion = 41
    static let columns = 24
    static let tag = "flashsale"

    /// The data source that the user has chosen.
    static let datasource: JSONValue = ["type": "prometheus", "uid": "${datasource}"]

    /// Leads to the traces of the time that is shown.
    static let tracesLink: JSONValue = {
        let query = "%7B%22refId%22:%22A%22,%22queryType%22:%22search%22,%22service%22:%22flashsale%22%7D"
        let range = "%7B%22from%22:%22${__from}%22,%22to%22:%22${__to}%22%7D"
        let pane =
            "%7B%22traces%22:%7B%22datasource%22:%22jaeger%22,%22queries%22:[\(query)],%22range%22:\(range)%7D%7D"
        return [
            "title": "Traces of this time", "type": "link", "icon": "external link", "tooltip": "Open Jaeger",
            "url": .string("/explore?schemaVersion=1&panes=\(pane)"), "tags": [], "asDropdown": false,
            "targetBlank": true, "includeVars": false, "keepTime": false,
        ]
    }()

    /// The board's file.
    public func file() throws -> Data { try json.file() }

    /// The board as JSON.
    public var json: JSONValue {
        [
            "uid": .string(uid),
            "title": .string(title),
            "description": .string(purpose),
            "tags": [.string(Self.tag)],
            "editable": false,
            "timezone": "utc",
            "graphTooltip": 1,
            "schemaVersion": .integer(Self.schemaVersion),
            "version": 1,
            "refresh": "5s",
            "time": ["from": "now-30m", "to": "now"],
            "timepicker": [:],
            "fiscalYearStartMonth": 0,
            "templating": ["list": .array(Self.variables)],
            "annotations": ["list": .array(Self.annotations)],
            "links": [
                [
                    "title": "Flash sale", "type": "dashboards", "icon": "external link", "tooltip": "The other boards",
                    "url": "", "tags": [.string(Self.tag)], "asDropdown": true, "targetBlank": false,
                    "includeVars": true, "keepTime": true,
                ]
            ],
            "panels": .array(laidOut),
        ]
    }

    /// Panels from left to right, a new line where one does not fit, every row under its heading.
    private var laidOut: [JSONValue] {
        var panels: [JSONValue] = []
        var y = 0
        for row in rows {
            panels.append([
                "id": .integer(panels.count + 1), "type": "row", "title": .string(row.title), "collapsed": false,
                "gridPos": ["x": 0, "y": .integer(y), "w": .integer(Self.columns), "h": 1], "panels": [],
            ])
            y += 1
            var x = 0
            var height = 0
            for panel in row.panels {
                if x + panel.width > Self.columns {
                    y += height
                    x = 0
                    height = 0
                }
                panels.append(panel.json(id: panels.count + 1, x: x, y: y))
                x += panel.width
                height = max(height, panel.height)
            }
            y += height
        }
        return panels
    }

    private static let variables: [JSONValue] = {
        let build = "flashsale_build_info"
        return [
            [
                "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0,
                "refresh": 1, "regex": "", "multi": false, "includeAll": false, "options": [], "skipUrlSync": false,
                "current": [:],
            ],
            // The stores' exporters have process metrics too; the service's are chosen first.
            variable("job", "Job", "label_values(\(build), job)", chosen: "flashsale"),
            variable("instance", "Instance", "label_values(\(build){job=~\"$job\"}, instance)"),
            variable(
                Handler.labelName, "Handler",
                "label_values(http_requests_total{job=~\"$job\",instance=~\"$instance\"}, \(Handler.labelName))"),
        ]
    }()

    private static func variable(
        _ name: String, _ label: String, _ query: String, chosen: String? = nil
    ) -> JSONValue {
        [
            "name": .string(name), "label": .string(label), "type": "query", "datasource": datasource,
            "query": ["query": .string(query), "refId": .string("variable-\(name)")], "hide": 0,
            // Grafana asks again whenever the time changes, because instances come and go.
            "refresh": 2, "regex": "", "sort": 1, "multi": true, "includeAll": true, "allValue": ".+", "options": [],
            "skipUrlSync": false,
            "current": [
                "selected": true, "text": [.string(chosen ?? "All")], "value": [.string(chosen ?? "$__all")],
            ],
        ]
    }
}
