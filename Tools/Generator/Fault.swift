/// What is wrong with a bad event, made on purpose (`errorRate`) to test that it is refused.
public enum Fault: UInt8, CaseIterable, Sendable {
    case unknownUser, deletedUser, unknownSession, endedSession, unknownPost, commentTooDeep
    case missingField, tooLong, badEnum, outOfRange, notCastable
    case duplicateLike, duplicateEmail, invalidEmail, shortPassword
    case refundTooLarge, notEnoughPoints, derivedFieldPatched, countedFieldPatched, pausedNotActive
    case claimTooMany, erasedUser
}
