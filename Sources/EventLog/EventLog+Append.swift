internal import BSON
internal import LMDB
internal import Platform
internal import Synchronization

extension EventLog {
    /// What only the appending thread uses.
    struct WriterState {
        /// Bytes that may be appended before the free space is asked for again.
        var allowance = 0
        /// When it was asked for, by the clock.
        var measuredAt: Int64 = .min
        /// The tree's right edge, where the log keeps its tree itself.
        var frontier: MerkleFrontier?
    }

    /// Appends the batch in one durable commit. When it returns, all of it is on the device; when it throws anything
    /// but ``LogError/outcomeUnknown(_:)``, none of it is.
    ///
    /// - Returns: the new head.
    /// - Throws: ``LogError/positionMismatch(expected:found:)`` and the like for a batch that does not fit,
    ///   ``LogError/diskFull(freeBytes:floorBytes:)``, ``LogError/mapFull(_:)``: the log goes on.
    ///   ``LogError/outcomeUnknown(_:)``, ``LogError/notWritten(_:)``: it has stopped, and from then on throws
    ///   ``LogError/stopped(because:)``.
    @discardableResult
    public func append(_ batch: LogBatch) throws(LogError) -> LogHead {
        try writer.withLock { (writer) throws(LogError) -> LogHead in
            let (head, stopped) = state.withLock { ($0.head, $0.stopped) }
            if let stopped { throw .stopped(because: stopped) }
            guard !batch.isEmpty else { return head }
            let newHead = try Self.check(batch, after: head, options)
            try checkSpace(for: batch.byteCount, &writer)
            var frontier = writer.frontier
            let subtrees = Self.completed(by: batch, &frontier)
            try commit(batch, subtrees, firstPosition: head.position + 1)
            writer.frontier = frontier
            writer.allowance -= Self.bound(batch.byteCount)
            state.withLock { $0.head = newHead }
            storeHighWaterMarkIfDue()
            return newHead
        }
    }

    /// The batch has to continue the log: positions without gap, recorded time not going backwards.
    private static func check(
        _ batch: LogBatch, after head: LogHead, _ options: LogOptions
    ) throws(LogError) -> LogHead {
        guard batch.byteCount <= options.largestBatchByteCount else {
            throw .batchTooLarge(byteCount: batch.byteCount, limit: options.largestBatchByteCount)
        }
        var position = head.position
        var newest = head.recordedTime
        var newHead = head
        for index in 0..<batch.count {
            try batch.withRecord(index) { (record) throws(LogError) in
                position += 1
                guard record.position == position else {
                    throw .positionMismatch(expected: position, found: record.position)
                }
                guard record.recordedTime >= newest else { throw .recordedTimeBackwards(position: position) }
                newest = record.recordedTime
                if index == batch.count - 1 { newHead = LogHead(record) }
            }
        }
        return newHead
    }

    private typealias Subtrees = [(subtree: MerkleSubtree, hash: Digest32)]

    /// The subtrees to be kept that the batch completes.
    private static func completed(by batch: LogBatch, _ frontier: inout MerkleFrontier?) -> Subtrees {
        guard frontier != nil else { return [] }
        var subtrees: Subtrees = []
        for index in 0..<batch.count {
            frontier?.append(batch.leaf(index)) { subtrees.append(($0, $1)) }
        }
        return subtrees
    }

    private func commit(_ batch: LogBatch, _ subtrees: Subtrees, firstPosition: UInt64) throws(LogError) {
        let transaction = try written(batch, subtrees, firstPosition: firstPosition)
        do throws(LMDBError) {
            try transaction.commit()
        } catch {
            stop(because: .commitFailed(error))
            throw .outcomeUnknown(error)
        }
    }

    /// A transaction that holds the batch. On an error it is dropped: nothing of it is in the log, whatever pages it
    /// has flushed.
    private func written(
        _ batch: LogBatch, _ subtrees: Subtrees, firstPosition: UInt64
    ) throws(LogError) -> WriteTransaction {
        do throws(LMDBError) {
            do throws(LMDBError) {
                return try begun(batch, subtrees, firstPosition: firstPosition)
            } catch {
                // Readers of processes that died keep pages from being used again; without them there may be room.
                guard error.kind == .mapFull, try environment.checkReaders() > 0 else { throw error }
                return try begun(batch, subtrees, firstPosition: firstPosition)
            }
        } catch {
            if error.kind == .mapFull { throw .mapFull(error) }
            stop(because: .writeFailed(error))
            throw .notWritten(error)
        }
    }

    private func begun(
        _ batch: LogBatch, _ subtrees: Subtrees, firstPosition: UInt64
    ) throws(LMDBError) -> WriteTransaction {
        let transaction = try environment.beginWrite()
        try write(batch, firstPosition: firstPosition, transaction)
        if let tree, !subtrees.isEmpty {
            var cursor = try transaction.cursor(tree)
            for (subtree, hash) in subtrees {
                try subtree.withKey { (key) throws(LMDBError) in
                    try hash.withUnsafeBytes { (bytes) throws(LMDBError) in _ = try cursor.put(key, bytes) }
                }
            }
        }
        return transaction
    }

    private func write(
        _ batch: LogBatch, firstPosition: UInt64, _ transaction: borrowing WriteTransaction
    ) throws(LMDBError) {
        var cursor = try transaction.cursor(records)
        try batch.bytes.withRawBytes { (bytes) throws(LMDBError) in
            for index in 0..<batch.count {
                let record = UnsafeRawBufferPointer(rebasing: bytes[batch.range(index)])
                try PositionKey.with(firstPosition + UInt64(index)) { (key) throws(LMDBError) in
                    _ = try cursor.put(key, record, flags: .append)
                }
            }
        }
    }

    private func stop(because reason: LogError.StopReason) {
        state.withLock { state in
            if state.stopped == nil { state.stopped = reason }
        }
    }

    /// Most bytes that a commit of so many bytes of records can add to the file: pages filled badly, the tree above
    /// them, the free list.
    private static func bound(_ byteCount: Int) -> Int {
        byteCount * 3 + (256 << 10)
    }

    /// LMDB answers a full disk with EIO, after which nobody knows what is written; so it is not let come to that.
    /// Free space is asked for at most each quarter second, and again once a quarter of what was free above the floor
    /// may be used up.
    private func checkSpace(for byteCount: Int, _ writer: inout WriterState) throws(LogError) {
        let now = clock.now()
        let needed = Self.bound(byteCount)
        if writer.allowance >= needed, now >= writer.measuredAt, now - writer.measuredAt < 250 { return }
        let freeBytes: Int
        do throws(FileError) {
            freeBytes = try fileSystem.volume(directory).freeBytes
        } catch {
            throw .file(error)
        }
        let (above, _) = freeBytes.subtractingReportingOverflow(options.freeSpaceFloorBytes)
        guard above >= needed else {
            writer.allowance = 0
            throw .diskFull(freeBytes: freeBytes, floorBytes: options.freeSpaceFloorBytes)
        }
        writer.allowance = max(needed, above / 4)
        writer.measuredAt = now
    }
}
