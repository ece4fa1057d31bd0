//! Every query about feedback.

use kit::Result;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::domain::{Said, USUAL};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "feedback")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub session_id: Uuid,
        /// A line each.
        pub questions: String,
        pub answers: i32,
        /// A line for each question: how many gave 1 to 5, a space between two.
        pub counts: String,
        /// A line each, in order.
        pub comments: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod mark {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "feedback_mark")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub mark: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn read(row: row::Model) -> Said {
    let counts = row.counts.lines().map(|line| {
        let mut numbers = line.split(' ').map(|number| number.parse().unwrap_or(0));
        std::array::from_fn(|_| numbers.next().unwrap_or(0))
    });
    Said {
        questions: lines(&row.questions),
        answers: row.answers,
        counts: counts.collect(),
        comments: lines(&row.comments),
    }
}

/// What participants said of a session.
pub(crate) async fn said(db: &impl ConnectionTrait, session: Uuid) -> Result<Said> {
    let found = row::Entity::find_by_id(session).one(db).await?;
    Ok(found.map_or_else(|| Said::nothing(USUAL.map(str::to_owned).to_vec()), read))
}

/// Puts what participants said of a session; its lock is held.
pub(crate) async fn put(tx: &impl ConnectionTrait, session: Uuid, said: &Said) -> Result<()> {
    let line = |counts: &[i32; 5]| counts.map(|count| count.to_string()).join(" ");
    let row = row::Model {
        session_id: session,
        questions: said.questions.join("\n"),
        answers: said.answers,
        counts: said.counts.iter().map(line).collect::<Vec<_>>().join("\n"),
        comments: said.comments.join("\n"),
    };
    use row::Column::{Answers, Comments, Counts, Questions, SessionId};
    let change = OnConflict::column(SessionId).update_columns([Questions, Answers, Counts, Comments]).to_owned();
    let row = row.into_active_model().reset_all();
    row::Entity::insert(row).on_conflict(change).exec_without_returning(tx).await?;
    Ok(())
}

/// Sets a participant's mark; false where it is set already.
pub(crate) async fn mark(tx: &impl ConnectionTrait, stamp: [u8; 16]) -> Result<bool> {
    let mark = Uuid::from_bytes(stamp);
    if mark::Entity::find_by_id(mark).one(tx).await?.is_some() {
        return Ok(false);
    }
    let row = mark::Model { mark }.into_active_model().reset_all();
    mark::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(true)
}
