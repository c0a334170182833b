// Labels: closed sets whose ordinals index the cells, and where illegal combinations are counted.

import Telemetry
import Testing

@Suite("Labels")
struct LabelTests {
    @Test(
        "A label's index is its place among all values",
        arguments: [
            places(of: Handler.self), places(of: Method.self), places(of: StatusCode.self), places(of: Reason.self),
            places(of: RedisCommandLabel.self), places(of: Dependency.self), places(of: NoLabels.self),
            places(of: RequestLabels.self), places(of: QueryLabels.self), places(of: QueryErrorLabels.self),
            places(of: LockFailureLabels.self), places(of: LockLossLabels.self),
        ])
    func indexIsPlace(places: [Int]) {
        #expect(places == Array(places.indices))
    }

    @Test("Every illegal label set folds into a legal one")
    func foldingIsLegal() {
        #expect(RequestLabels.all.allSatisfy { isLegal($0) || isLegal($0.folded) })
        #expect(QueryLabels.all.allSatisfy { isLegal($0) || isLegal($0.folded) })
        #expect(QueryErrorLabels.all.allSatisfy { isLegal($0) || isLegal($0.folded) })
    }

    @Test(
        "A request without a route has its own series",
        arguments: [
            (RequestLabels(.checkout, .post, .badGateway), RequestLabels(.checkout, .post, .other)),
            (RequestLabels(.checkout, .put, .methodNotAllowed), RequestLabels(.unknown, .other, .methodNotAllowed)),
            (RequestLabels(.checkout, .get, .methodNotAllowed), RequestLabels(.unknown, .other, .methodNotAllowed)),
            (RequestLabels(.checkout, .post, .contentTooLarge), RequestLabels(.checkout, .post, .contentTooLarge)),
            (
                RequestLabels(.purchase, .post, .unsupportedMediaType),
                RequestLabels(.purchase, .post, .unsupportedMediaType)
            ),
            (RequestLabels(.adminSales, .post, .forbidden), RequestLabels(.adminSales, .post, .forbidden)),
            (
                RequestLabels(.unknown, .other, .headerFieldsTooLarge),
                RequestLabels(.unknown, .other, .headerFieldsTooLarge)
            ),
            (RequestLabels(.metrics, .head, .ok), RequestLabels(.metrics, .get, .ok)),
            (RequestLabels(.debugPprof, .put, .ok), RequestLabels(.debugPprof, .get, .ok)),
            (RequestLabels(.debugPprof, .post, .ok), RequestLabels(.debugPprof, .get, .ok)),
            (
                RequestLabels(.debugPprof, .delete, .methodNotAllowed),
                RequestLabels(.unknown, .other, .methodNotAllowed)
            ),
            (RequestLabels(.itemImage, .get, .notModified), RequestLabels(.itemImage, .get, .ok)),
            (RequestLabels(.adminSale, .post, .seeOther), RequestLabels(.adminSale, .post, .ok)),
            (RequestLabels(.docs, .head, .notModified), RequestLabels(.docs, .get, .ok)),
            (RequestLabels(.saleItems, .get, .notModified), RequestLabels(.saleItems, .get, .notModified)),
            (RequestLabels(.unknown, .get, .notFound), RequestLabels(.unknown, .get, .notFound)),
            (RequestLabels(.unknown, .patch, .created), RequestLabels(.unknown, .other, .other)),
        ])
    func folding(asked: RequestLabels, counted: RequestLabels) {
        let instruments = Instruments()
        instruments.http.requestDurationSeconds.observe(.milliseconds(1), asked)
        #expect(instruments.http.requestsTotal.value(counted) == 1)
        #expect(instruments.http.errorsTotal.value(counted) == (counted.status.isError ? 1 : 0))
    }

    @Test("Every status has its own number", arguments: StatusCode.allCases)
    func statusNumbers(status: StatusCode) {
        #expect(StatusCode(code: Int(status.rawValue) ?? 0) == status)
    }

    @Test("A reason that a family does not know is counted as internal")
    func unknownReason() {
        let instruments = Instruments()
        instruments.sale.purchaseFailureTotal.increment(.unauthorized)
        #expect(instruments.sale.purchaseFailureTotal.value(.internal) == 1)
    }

    private func isLegal<Labels: LabelSet>(_ labels: Labels) -> Bool {
        Labels.legal.contains { $0.index == labels.index }
    }
}

private func places<Labels: LabelSet>(of labels: Labels.Type) -> [Int] {
    Labels.all.map(\.index)
}
