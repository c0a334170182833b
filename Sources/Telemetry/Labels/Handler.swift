// The routes as the metrics know them, and the statuses of each that are worth a series.

/// The route that answered, never the path that the client sent.
public enum Handler: String, LabelValue {
    case checkout
    case purchase
    case order
    case salesActive = "sales_active"
    case sale
    case saleItems = "sale_items"
    case queue
    case saleEvents = "sale_events"
    case adminSales = "admin_sales"
    /// What operators do with sales, by routes or on the console.
    case adminSale = "admin_sale"
    case itemImage = "item_image"
    /// The buyer's page with its files, and the acts of its forms.
    case page
    case pageAct = "page_act"
    case health
    case healthz
    case readyz
    case metrics
    case docs
    case debugPprof = "debug_pprof"
    /// No route: an unknown path, a wrong method, or bytes that never became a request.
    case unknown

    public static let labelName = "handler"
    public var folded: Handler { .unknown }

    /// The routes that sell, and all the rest together.
    static let selling: [Handler] = [.checkout, .purchase, .unknown]

    /// The statuses of the route's methods that get a series of their own. The route does not serve any other method.
    ///
    /// A series here is fifteen lines of the exposition, so a status that says little on its own is `other`.
    var statuses: [Method: [StatusCode]] {
        switch self {
        case .checkout:
            [
                .post: [
                    .ok, .badRequest, .notFound, .conflict, .tooManyRequests, .clientClosed, .internalServerError,
                    .serviceUnavailable, .other,
                ],
                .delete: [.ok, .internalServerError, .serviceUnavailable, .other],
            ]
        case .purchase:
            [
                .post: [
                    .ok, .badRequest, .notFound, .conflict, .gone, .tooManyRequests, .clientClosed,
                    .internalServerError, .serviceUnavailable, .other,
                ]
            ]
        case .adminSales:
            [.post: [.created, .conflict, .internalServerError, .serviceUnavailable, .other]]
        case .adminSale:
            [.get: [.ok, .other], .post: [.ok, .other], .patch: [.ok, .other]]
        case .order, .salesActive, .sale, .saleItems:
            [.get: [.ok, .notFound, .internalServerError, .serviceUnavailable, .other]]
        case .queue:
            [
                .get: [.ok, .serviceUnavailable, .other],
                .post: [.ok, .tooManyRequests, .serviceUnavailable, .other],
            ]
        case .pageAct: [.post: [.seeOther, .other]]
        case .saleEvents: [.get: [.ok, .tooManyRequests, .serviceUnavailable, .other]]
        case .readyz: [.get: [.ok, .serviceUnavailable, .other]]
        case .health, .healthz, .itemImage, .page, .metrics, .docs, .debugPprof: [.get: [.ok, .other]]
        case .unknown:
            [.other: [.badRequest, .notFound, .methodNotAllowed, .serviceUnavailable, .other]]
        }
    }
}
