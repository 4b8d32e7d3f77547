internal import BSON
public import Schema

extension UserRewards {
    /// Of a user's open offers the one that ends first is due; where several end at one moment, one after the other.
    public static let timers = [
        Timer(.rewardExpired, watching: field.rewards) { rewards in
            firstToEnd(rewards)?.expiresAt
        } data: { rewards in
            var data = Document()
            guard let offer = firstToEnd(rewards) else { return data }
            if let user = rewards[field.userID] { data.append("userId", .objectID(user)) }
            if let rewardID = offer.rewardID { data.append("rewardId", .string(rewardID)) }
            if let end = offer.expiresAt { data.append("expiresAt", .dateTime(end)) }
            return data
        } part: { rewards in
            firstToEnd(rewards)?.id
        }
    ]

    private static func firstToEnd(_ rewards: RawDocument) -> OpenOffer? {
        var first: OpenOffer?
        forEachOpenOffer(rewards) { offer in
            guard let end = offer.expiresAt, first?.expiresAt.map({ end < $0 }) ?? true else { return }
            first = offer
        }
        return first
    }
}
