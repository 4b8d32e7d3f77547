import EventLog
import LMDB
import Views

/// What is wrong with a log's content, and where.
struct LogDamage {
    /// 0 where it is no record.
    let position: UInt64
    let reason: String

    var difference: Difference {
        Difference(
            kind: .log, collection: "log", key: position > 0 ? "\(position)" : "log", field: nil, live: reason,
            replayed: nil)
    }
}

extension LogError {
    /// `nil` where the fault is the machine's or the program's.
    var damage: LogDamage? {
        switch self {
        case .damagedRecord(let position, _), .misplacedRecord(let position, _), .missingRecord(let position),
            .recordedTimeBackwards(let position):
            LogDamage(position: position, reason: "\(self)")
        case .rolledBack(let expected, _): LogDamage(position: expected.position, reason: "\(self)")
        case .highWaterDamaged, .damagedMetadata: LogDamage(position: 0, reason: "\(self)")
        case .storage(let error) where error.isDamage: LogDamage(position: 0, reason: "\(self)")
        default: nil
        }
    }
}

extension ReplayError {
    var damage: LogDamage? {
        switch self {
        case .log(let error): error.damage
        case .fold(let error): LogDamage(position: error.position, reason: "\(self)")
        case .views, .keys, .stopped: nil
        }
    }
}

extension LMDBError {
    /// Whether it says that pages make no sense, and not that the machine or the program fails.
    var isDamage: Bool {
        switch kind {
        case .corrupted, .invalid, .versionMismatch, .badTransaction, .panic, .mapResized, .other: true
        default: false
        }
    }
}
