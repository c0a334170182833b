// The way to an act: what it asks for, what it will do, and the form that does it.

internal import BuyerPage
public import FlashSale

extension ConsolePages {
    /// The first step of an act that asks for something.
    public func ask(_ act: ConsoleAct, _ form: ConsoleForm, on view: LiveView, in frame: ConsoleFrame) -> [UInt8] {
        let fields = act.fields.map { field in
            Input(
                name: field.name, label: field.label, hint: field.hint, kind: field.kind,
                value: form[field.name] ?? field.standard(view))
        }
        let path = "/console/sales/\(view.sale.id)"
        return page(
            "\(act.title): sale \(view.sale.id)", .ask,
            [
                "title": act.title, "which": "Sale \(view.sale.id)", "action": "\(path)/\(act.name)", "back": path,
                "inputs": inputs(fields, form),
            ], in: frame)
    }

    /// The last step: what the act will do to the sale as it stands, and the form that does it.
    ///
    /// - Parameters:
    ///   - former: the price that the act changes; nil if it changes none, or if that cannot be read.
    ///   - key: makes the form act once, however often it is sent.
    public func confirm(
        _ act: ConsoleAct, _ deed: SaleAct, _ form: ConsoleForm, on view: LiveView, former: Price? = nil, key: String,
        in frame: ConsoleFrame
    ) -> [UInt8] {
        let sale = view.sale
        var hidden = [("version", form.version.map { "\($0)" } ?? "\(sale.version)"), ("key", key)]
        hidden += act.fields.compactMap { field in form[field.name].map { (field.name, $0) } }
        var inputs: [Input] = []
        if act.isGrave {
            inputs.append(
                Input(
                    name: "sale", label: "The number of this sale", hint: "This cannot be undone. Type \(sale.id).",
                    kind: "text", value: form["sale"] ?? ""))
        }
        inputs.append(Self.reason(form))
        return page(
            "\(act.title): sale \(sale.id)", .confirm,
            [
                "title": act.title, "which": "Sale \(sale.id), version \(sale.version)",
                "effects": act.effects(of: deed, on: view, former), "action": "/console/sales/\(sale.id)/\(act.name)",
                "back": "/console/sales/\(sale.id)", "hidden": pairs(hidden), "inputs": self.inputs(inputs, form),
                "kind": act.isGrave ? "grave" : "",
            ], in: frame)
    }

    /// The form for a sale.
    public func askPlan(_ form: ConsoleForm, _ defaults: SaleDefaults, in frame: ConsoleFrame) -> [UInt8] {
        var inputs = [
            Input(
                name: "started_at", label: "Start, in UTC", hint: "Empty: at once.", kind: "datetime-local",
                value: form["started_at"] ?? ""),
            Input(
                name: "ended_at", label: "End, in UTC",
                hint: "Empty: \(language.length(seconds: Int(defaults.length.components.seconds))) after the start.",
                kind: "datetime-local", value: form["ended_at"] ?? ""),
            Input(
                name: "total_items", label: "Items", hint: "", kind: "number",
                value: form["total_items"] ?? "\(defaults.itemCount)"),
            Input(
                name: "stock_per_item", label: "Units of each item", hint: "", kind: "number",
                value: form["stock_per_item"] ?? "\(defaults.stockPerItem)"),
            Input(
                name: "max_items_per_user", label: "Units that a buyer may take", hint: "", kind: "number",
                value: form["max_items_per_user"] ?? "\(defaults.maxItemsPerBuyer)"),
            Input(
                name: "gather_seconds", label: "Seconds before the start when the waiting room opens",
                hint: "If it has one.", kind: "number",
                value: form["gather_seconds"] ?? "\(defaults.gather.components.seconds)"),
        ]
        if defaults.shops.count > 1 {
            let shop = Input(
                name: "shop", label: "Shop", hint: "One of \(ConsolePlan.names(of: defaults.shops)).", kind: "text",
                value: form["shop"] ?? ShopID.main.description)
            inputs.insert(shop, at: 0)
        }
        let hasRoom = form["waiting_room"].map { $0 == "on" } ?? (defaults.waitingRoom == .on)
        return page(
            "Create a sale", .ask,
            [
                "title": "Create a sale", "action": "/console/create", "back": "/console",
                "inputs": self.inputs(inputs, form), "room": ["on": hasRoom],
            ], in: frame)
    }

    /// What the sale will be, and the form that makes it.
    public func confirmPlan(_ plan: SalePlan, at now: Timestamp, in frame: ConsoleFrame) -> [UInt8] {
        var hidden = [
            ("started_at", plan.startedAt.description), ("ended_at", plan.endedAt.description),
            ("total_items", "\(plan.itemCount)"), ("stock_per_item", "\(plan.stockPerItem)"),
            ("max_items_per_user", "\(plan.maxItemsPerBuyer)"),
        ]
        if plan.shop != .main { hidden.append(("shop", plan.shop.description)) }
        if let gather = plan.gather {
            hidden += [("waiting_room", "on"), ("gather_seconds", "\(gather.components.seconds)")]
        }
        return page(
            "Create a sale", .confirm,
            [
                "title": "Create a sale", "which": "A new sale", "effects": ConsolePlan.effects(of: plan, at: now),
                "action": "/console/create", "back": "/console/create", "hidden": pairs(hidden),
            ], in: frame)
    }

    // MARK: - Inputs

    private struct Input {
        let name: String
        let label: String
        let hint: String
        let kind: String
        let value: String
    }

    private static func reason(_ form: ConsoleForm) -> Input {
        Input(
            name: "reason", label: "Why", hint: "A sentence for the sale's log.", kind: "text",
            value: form["reason"] ?? "")
    }

    private func inputs(_ inputs: [Input], _ form: ConsoleForm) -> [[String: Any]] {
        inputs.map { input in
            var fields: [String: Any] = [
                "name": input.name, "label": input.label, "kind": input.kind, "value": input.value,
            ]
            if !input.hint.isEmpty { fields["hint"] = input.hint }
            if let why = form.errors[input.name] { fields["error"] = why }
            return fields
        }
    }

    private func pairs(_ pairs: [(String, String)]) -> [[String: Any]] {
        pairs.map { ["name": $0.0, "value": $0.1] }
    }
}
