import BSON
import EventLog
import LMDB
import Schema
import Views

/// One request, one event: what is known of it, guard, projectors, record.
extension Sequencer {
    /// All events of a request, or none.
    func apply(_ request: PendingRequest) -> Result<[Receipt], AppendError> {
        batch.beginRequest()
        let firstRecord = logBatch.count
        let firstPosition = position
        var receipts: [Receipt] = []
        var refused: [(index: Int, refusals: Refusals)] = []
        for (index, event) in request.events.enumerated() {
            let outcome = applyEvent(event, index)
            switch outcome {
            case .receipt(let receipt): receipts.append(receipt)
            case .refusals(let refusals): refused.append((index, refusals))
            case .failure(let error):
                undo(to: firstRecord, firstPosition)
                return .failure(error)
            }
        }
        guard refused.isEmpty else {
            undo(to: firstRecord, firstPosition)
            return .failure(.refused(refused))
        }
        return .success(receipts)
    }

    func undo(to record: Int, _ position: UInt64) {
        batch.rollBack()
        logBatch.truncate(to: record)
        erasures.removeAll { $0.position > position }
        self.position = position
    }

    enum Outcome {
        case receipt(Receipt), refusals(Refusals), failure(AppendError)
    }

    func applyEvent(_ event: AdmittedEvent, _ index: Int) -> Outcome {
        let draft = event.draft
        let known = draft.requestKey.withUnsafeBytes { batch.position(ofRequest: $0) }
        if known != 0 { return repeated(event, index, at: known) }
        if event.awaitsNumber, let field = event.type.numbered { return applyEvent(numbered(event, field), index) }
        var subject = draft.subject
        return subject.withUTF8 { subject -> Outcome in
            let subject = UnsafeRawBufferPointer(subject)
            let version = batch.streamVersion(subject)
            if let expected = event.expectedVersion, expected != version {
                return .failure(
                    .wrongVersion(index: index, subject: draft.subject, expected: expected, actual: version))
            }
            if let condition = event.condition {
                let position: UInt64?
                do throws(LogError) {
                    position = try violation(of: condition)
                } catch { return .failure(unreadable("\(error)")) }
                if let position { return .failure(.conditionFailed(index: index, position: position)) }
            }
            return draft.data.withRaw { data in apply(event, index, data, subject, version + 1) }
        }
    }

    /// Guard, projectors, stream, request key, record.
    func apply(
        _ event: AdmittedEvent, _ index: Int, _ data: RawDocument, _ subject: UnsafeRawBufferPointer, _ version: UInt64
    ) -> Outcome {
        let draft = event.draft
        if let corrects = draft.corrects, corrects == 0 || corrects > position {
            let refusal = Refusal(.exists, "corrects", value: "\(corrects)", "no event before it has this position")
            return .refusals(Refusals(eventType: draft.type, [refusal]))
        }
        guards.run(event.type, data: data, time: draft.time)
        guard guards.refusals.isEmpty else {
            return .refusals(Refusals(eventType: draft.type, guards.refusals))
        }
        let skip = skip(event, data)
        if let skip, let refusal = refusal(of: skip) { return .refusals(Refusals(eventType: draft.type, [refusal])) }
        let next = position + 1
        let written: EventDraft
        switch seal(event, data) {
        case .draft(let draft): written = draft
        case .refusal(let refusal): return .refusals(Refusals(eventType: draft.type, [refusal]))
        case .failure(let error): return .failure(keysFailed(error))
        }
        batch.beginEvent(at: next)
        if let person = guards.person, written.personKeyID != .zero {
            batch.seal(under: written.personKeyID, for: person, event.type)
        }
        var source = draft.source
        var id = draft.id
        var anomaly: Anomaly?
        source.withUTF8 { source in
            id.withUTF8 { id in
                let recorded = RecordedEvent(
                    type: event.type.event.name, position: next, time: draft.time, data: data,
                    resolved: guards.resolvedDocument, source: UnsafeRawBufferPointer(source),
                    id: UnsafeRawBufferPointer(id))
                anomaly = project(recorded, event.type.followers)
            }
        }
        if let anomaly { return .failure(.anomaly(index: index, anomaly.description)) }
        if let skip, let failure = release(skip) { return .failure(failure) }
        batch.endEvent()
        if skip != nil { batch.keepViolators() }
        if !batch.conflicts.isEmpty {
            return .refusals(Refusals(eventType: draft.type, batch.conflictRefusals))
        }
        for erasure in guards.erased {
            batch.erase(erasure)
            let keyID = erasure.keyID.withUnsafeBytes { Digest16($0) }
            if keyID != .zero { erasures.append(ErasingFile.Entry(position: next, keyID: keyID)) }
        }
        batch.appendToStream(subject)
        draft.requestKey.withUnsafeBytes { batch.rememberRequest($0, position: next) }
        do throws(RecordError) {
            try logBatch.add(
                written, position: next, recordedTime: recordedTime, streamVersion: version, resolved: guards.resolved)
        } catch {
            return .refusals(
                Refusals(eventType: draft.type, [Refusal(.size, "data", "makes a record that is too large: \(error)")]))
        }
        position = next
        let documentID = data.value(named: "_id")?.objectID
        return .receipt(Receipt(position: next, streamVersion: version, documentID: documentID, wasThere: false))
    }

    func project(_ event: RecordedEvent, _ followers: [Int]) -> Anomaly? {
        if batch.hasHolds { return projectAroundHolds(event, followers) }
        do throws(Anomaly) {
            for follower in followers { try views.catalogue.collections[follower].apply(event, to: batch) }
            return nil
        } catch {
            return error
        }
    }

    /// The request was accepted before: with the same content it is answered as then, with other content it conflicts.
    func repeated(_ event: AdmittedEvent, _ index: Int, at known: UInt64) -> Outcome {
        let draft = event.draft
        func outcome(_ record: Record) -> Outcome {
            record.requestDigest == draft.requestDigest && Self.saysTheSame(record, draft)
                ? .receipt(
                    Receipt(
                        position: known, streamVersion: record.streamVersion,
                        documentID: record.data.value(named: "_id")?.objectID, wasThere: true))
                : .failure(.conflict(index: index, position: known))
        }
        if known > checkpoint.position {
            return logBatch.withRecord(Int(known - checkpoint.position - 1)) { outcome($0) }
        }
        do throws(LogError) {
            let snapshot = try log.snapshot()
            guard let record = try snapshot.record(at: known) else {
                return .failure(unreadable("it has no record at \(known), which a request key names"))
            }
            return outcome(record)
        } catch {
            return .failure(unreadable("\(error)"))
        }
    }

    /// What the record keeps as it was sent, and its digest does not cover. A trace is another each time it is sent.
    private static func saysTheSame(_ record: Record, _ draft: EventDraft) -> Bool {
        record.actor == draft.actor && record.corrects == draft.corrects
            && record.correlationID == draft.correlationID && record.causationID == draft.causationID
    }

    /// What rests on the log cannot be decided any more: the batch ends, and nothing more is appended.
    func unreadable(_ reason: String) -> AppendError {
        let reason = "the log cannot be read: \(reason)"
        logFailure = reason
        return .stopped(reason)
    }

    /// The first event after the condition's position that it rules out. What was held counts where it stands in the log, and where
    /// it was applied.
    func violation(of condition: AppendCondition) throws(LogError) -> UInt64? {
        var found: UInt64?
        var failure: LogError?
        for entity in condition.entities {
            guard let model = views.catalogue[entity.collection] else { continue }
            /// Whether to look at later ones.
            func consider(_ position: UInt64) -> Bool {
                if found.map({ $0 <= position }) ?? false { return false }
                do throws(LogError) {
                    let type = condition.types.isEmpty ? "" : try type(at: position)
                    let isMeant = condition.types.isEmpty || condition.types.contains(type)
                    guard isMeant || type == SystemEvents.anomalySkippedName else { return true }
                    found = position
                } catch { failure = error }
                return false
            }
            batch.forEachPosition(model, entity.id, after: condition.after) { consider($0) }
            do throws(LMDBError) {
                for position in try batch.positionsPassedOver(model, entity.id) where position > condition.after {
                    guard consider(position) else { break }
                }
            } catch { failure = failure ?? .storage(error) }
            if let failure { throw failure }
        }
        return found
    }

    func type(at position: UInt64) throws(LogError) -> String {
        if position > checkpoint.position {
            return logBatch.withRecord(Int(position - checkpoint.position - 1)) { $0.type }
        }
        let snapshot = try log.snapshot()
        guard let record = try snapshot.record(at: position) else { throw .missingRecord(position: position) }
        return record.type
    }
}
