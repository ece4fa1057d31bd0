//! What becomes of an invitation.

kit::numbered! {
    /// Where an invitation stands.
    pub enum InvitationState {
        /// Nobody was told.
        Draft = 1 "DRAFT",
        /// It was sent.
        Sent = 2 "SENT",
        /// The person comes.
        Accepted = 3 "ACCEPTED",
        /// The person does not come.
        Declined = 4 "DECLINED",
        /// It was cancelled.
        Cancelled = 5 "CANCELLED",
        /// It could not be delivered.
        Failed = 6 "FAILED",
    }
}

kit::numbered! {
    /// What can be done with an invitation; the word is what people read.
    pub enum InvitationStep {
        /// The person is invited again.
        Invite = 1 "InvitePersons",
        /// It is sent.
        Send = 2 "SendInvitations",
        /// Its message could not be delivered.
        Fail = 3 "DELIVERY",
        /// The person comes.
        Accept = 4 "ACCEPT",
        /// The person does not come.
        Decline = 5 "DECLINE",
        /// It is cancelled.
        Cancel = 6 "CancelInvitation",
    }
}

kit::numbered! {
    /// How an invitation is sent.
    pub enum Channel {
        /// By mail.
        Mail = 1 "MAIL",
        /// By the office itself.
        HandedOver = 2 "HANDED_OVER",
    }
}

kit::numbered! {
    /// Who recorded an answer.
    pub enum AnsweredBy {
        /// An office.
        Office = 1 "OFFICE",
        /// The holder of the code.
        Code = 2 "CODE",
    }
}

use InvitationState::{Accepted, Cancelled, Declined, Draft, Failed, Sent};
use InvitationStep::{Accept, Cancel, Decline, Fail, Invite, Send};

/// All that can be done with an invitation; what is not here is refused. The same answer may be given again.
pub const INVITATION: &[(InvitationState, InvitationStep, InvitationState)] = &[
    (Draft, Send, Sent),
    (Failed, Send, Sent),
    (Sent, Fail, Failed),
    (Sent, Accept, Accepted),
    (Failed, Accept, Accepted),
    (Declined, Accept, Accepted),
    (Accepted, Accept, Accepted),
    (Sent, Decline, Declined),
    (Failed, Decline, Declined),
    (Accepted, Decline, Declined),
    (Declined, Decline, Declined),
    (Draft, Cancel, Cancelled),
    (Sent, Cancel, Cancelled),
    (Accepted, Cancel, Cancelled),
    (Declined, Cancel, Cancelled),
    (Failed, Cancel, Cancelled),
    (Cancelled, Invite, Draft),
];

/// The states from which a step leads on.
pub fn before(by: InvitationStep) -> impl Iterator<Item = InvitationState> {
    INVITATION.iter().filter(move |(_, step, _)| *step == by).map(|(from, ..)| *from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::states::step;

    #[test]
    fn an_invitation_moves_by_its_table_and_by_nothing_else() {
        let lines = [
            (Draft, "SendInvitations, CancelInvitation"),
            (Sent, "DELIVERY, ACCEPT, DECLINE, CancelInvitation"),
            (Accepted, "ACCEPT, DECLINE, CancelInvitation"),
            (Declined, "ACCEPT, DECLINE, CancelInvitation"),
            (Cancelled, "InvitePersons"),
            (Failed, "SendInvitations, ACCEPT, DECLINE, CancelInvitation"),
        ];
        assert_eq!(lines.len(), InvitationState::ALL.len());
        for (state, expected) in lines {
            let can = InvitationStep::ALL.iter().filter(|by| step(INVITATION, state, **by).is_ok());
            let words: Vec<&str> = can.map(|by| by.word()).collect();
            assert_eq!(words.join(", "), expected, "{state:?}");
        }
        assert_eq!(before(Send).collect::<Vec<_>>(), [Draft, Failed]);
    }
}
