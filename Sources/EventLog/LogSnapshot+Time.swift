public import BSON

extension LogSnapshot {
    /// The first position recorded at a time or later; one past `head` where there is none. Recorded time never goes
    /// backwards, so this halves: O(log² n).
    public func firstPosition(recordedFrom time: DateTime, head: UInt64) throws(LogError) -> UInt64 {
        var (low, high) = (UInt64(1), head + 1)
        while low < high {
            let middle = low + (high - low) / 2
            guard let record = try record(at: middle, checkCRC: false) else {
                throw .missingRecord(position: middle)
            }
            if record.recordedTime < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
