import Foundation

/// Exact sums of amounts, as people group them.
enum Money {
    struct Group: Hashable {
        let type: String?
        let status: String?
        let currency: String?
    }

    struct Sum: Equatable {
        var count = 0
        var amount: Decimal = 0
    }

    static func sums(of transactions: some Sequence<TransactionFigures>) -> [Group: Sum] {
        var sums: [Group: Sum] = [:]
        for transaction in transactions {
            let group = Group(type: transaction.type, status: transaction.status, currency: transaction.currency)
            sums[group, default: Sum()].count += 1
            sums[group, default: Sum()].amount += transaction.amount ?? .nan
        }
        return sums
    }
}
