//! PostService.

use kit::{Answer, Error, name};
use proto::common::v1::Audience;
use proto::registry::v1 as pb;
use proto::registry::v1::post_service_server::PostService;
use tonic::{Request, async_trait};

use super::api::{Api, begin, cursor, end};
use super::store::{self, Duty};
use super::wire;
use crate::assignments::wire::map_day;
use crate::people::api::lock as person;

#[async_trait]
impl PostService for Api {
    async fn create_post(&self, request: Request<pb::CreatePostRequest>) -> Answer<pb::Post> {
        self.kit
            .write(request, wire::create_post, move |w| async move {
                let want = &w.want;
                w.call.at(&want.unit.path)?;
                let person = person(&w, "post.person", want.person_id).await?;
                let post = Duty {
                    id: self.kit.new_id(),
                    person_id: person.id,
                    producer_id: None,
                    audience: Audience::Officers.into(),
                    title: want.title.as_str().to_owned(),
                    unit: want.unit.name.clone(),
                    unit_path: want.unit.path.clone(),
                    begin_date: want.begin_date,
                    end_date: None,
                    person_sample: person.sample,
                    sample: want.sample || person.sample,
                    version: 1,
                    create_us: w.call.now_us,
                };
                Ok(wire::post(begin(&w, post).await?))
            })
            .await
    }

    async fn get_post(&self, request: Request<pb::GetPostRequest>) -> Answer<pb::Post> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "posts"),
                |r| async move {
                    let post = store::duty_fetch(r.db(), r.want, false).await?;
                    let post = post.ok_or_else(|| Error::not_found(name::of("posts", r.want)))?;
                    r.call.at(&post.unit_path)?;
                    Ok(wire::post(post))
                },
            )
            .await
    }

    async fn end_post(&self, request: Request<pb::EndPostRequest>) -> Answer<pb::Post> {
        self.kit.write(request, wire::end_post, move |w| async move { Ok(wire::post(end(&w, false).await?)) }).await
    }

    async fn list_posts(&self, request: Request<pb::ListPostsRequest>) -> Answer<pb::ListPostsResponse> {
        self.kit
            .read(request, wire::list_posts, |r| async move {
                let (filter, page) = &r.want;
                let posts = store::duty_list(r.db(), &r.call.scope(), filter, page).await?;
                let (posts, next_page_token) = page.cut(posts, cursor);
                let map = filter.map.as_ref();
                let posts = posts.into_iter().map(|post| wire::listed(post, map)).collect();
                Ok(pb::ListPostsResponse { posts, next_page_token, map_date: map_day(map) })
            })
            .await
    }
}
