//! The same files in a bucket: against a server that speaks as much of S3 as the service uses.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tonic::Code;

use crate::evidence_files::{download, lying, maker, paper, pdf, sha256, upload};
use crate::office::{because, everywhere_with, invalid, refused};

type Answer = Response<Full<Bytes>>;

/// What lies in the buckets, and what is on its way there.
#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Bytes>,
    parts: BTreeMap<(String, u32), Bytes>,
}

fn answer(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let answer = Response::builder().status(status).header("etag", "\"1\"");
    let answer = answer.header("last-modified", "Wed, 15 Dec 2021 05:00:00 GMT");
    answer.body(Full::new(body.into())).unwrap()
}

fn missing() -> Answer {
    answer(StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>")
}

/// The value of a parameter of a query.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|p| p.strip_prefix(name)?.strip_prefix('='))
}

impl Bucket {
    fn answer(&mut self, method: &Method, path: &str, query: &str, source: Option<String>, body: Bytes) -> Answer {
        let key = path.to_owned();
        let ok = |body: String| answer(StatusCode::OK, body);
        match (method, source) {
            (&Method::PUT, Some(source)) => match self.objects.get(&source).cloned() {
                Some(object) => {
                    self.objects.insert(key, object);
                    ok("<CopyObjectResult><ETag>\"1\"</ETag></CopyObjectResult>".to_owned())
                }
                None => missing(),
            },
            (&Method::PUT, None) => {
                let part = parameter(query, "partNumber").unwrap().parse().unwrap();
                self.parts.insert((key, part), body);
                ok(String::new())
            }
            (&Method::POST, _) if query.starts_with("uploads") => {
                ok("<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>".to_owned())
            }
            (&Method::POST, _) if query.contains("uploadId") => {
                let parts = self.taken(&key).concat();
                self.objects.insert(key, parts.into());
                ok("<CompleteMultipartUploadResult><ETag>\"1\"</ETag></CompleteMultipartUploadResult>".to_owned())
            }
            (&Method::POST, _) if query.starts_with("delete") => {
                let text = String::from_utf8_lossy(&body);
                let mut gone = String::new();
                for named in text.split("<Key>").skip(1) {
                    let name = named.split("</Key>").next().unwrap();
                    self.objects.remove(&format!("{}/{name}", key.trim_end_matches('/')));
                    gone += &format!("<Deleted><Key>{name}</Key></Deleted>");
                }
                ok(format!("<DeleteResult>{gone}</DeleteResult>"))
            }
            (&Method::DELETE, _) => {
                self.taken(&key);
                answer(StatusCode::NO_CONTENT, "")
            }
            _ if query.contains("list-type") => ok("<ListBucketResult></ListBucketResult>".to_owned()),
            _ => self.objects.get(&key).map_or_else(missing, |object| answer(StatusCode::OK, object.clone())),
        }
    }

    /// The parts of an upload, which are then no more.
    fn taken(&mut self, key: &str) -> Vec<Bytes> {
        let parts = self.parts.iter().filter(|((k, _), _)| k == key).map(|(_, part)| part.clone()).collect();
        self.parts.retain(|(k, _), _| k != key);
        parts
    }
}

async fn serve(listener: TcpListener, bucket: Arc<Mutex<Bucket>>) {
    while let Ok((socket, _)) = listener.accept().await {
        let bucket = bucket.clone();
        let handler = service_fn(move |request: Request<Incoming>| {
            let bucket = bucket.clone();
            async move {
                assert!(request.headers().contains_key("authorization"), "every request is signed");
                let (method, uri) = (request.method().clone(), request.uri().clone());
                let source = request.headers().get("x-amz-copy-source").map(|s| s.to_str().unwrap().to_owned());
                let source = source.map(|s| format!("/{}", s.trim_start_matches('/')));
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let answer =
                    bucket.lock().unwrap().answer(&method, uri.path(), uri.query().unwrap_or_default(), source, body);
                Ok::<_, Infallible>(answer)
            }
        });
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), handler));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_lie_in_a_bucket_at_their_address_and_refused_ones_are_taken_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let bucket = Arc::new(Mutex::new(Bucket::default()));
    let serving = tokio::spawn(serve(listener, bucket.clone()));
    let folder = std::env::temp_dir().join(format!("ocop-s3-{}", std::process::id()));
    std::fs::write(&folder, "an-id\na-secret\n").unwrap();
    everywhere_with(
        |config| {
            config.files.url = Some("s3://evidence/phu-yen".to_owned());
            config.files.s3_endpoint = Some(endpoint.clone());
            config.files.s3_credentials = Some(folder.clone());
        },
        async |office| {
            bucket.lock().unwrap().objects.clear();
            let maker = maker(&office).await;
            let bytes = pdf(12 * 1024 * 1024, 1);
            let hash = sha256(&bytes);
            let made = upload(&office, paper(&maker), &bytes).await.unwrap();
            upload(&office, paper(&maker), &bytes).await.unwrap();
            assert!(download(&office, &made.name, 1).await.unwrap().1 == bytes);
            let keys: Vec<String> = bucket.lock().unwrap().objects.keys().cloned().collect();
            let address = format!("/evidence/phu-yen/sha256/{}/{}/{hash}", &hash[..2], &hash[2..4]);
            assert_eq!(keys.join(" "), address, "once, and nothing is left of its way");
            let wrong = invalid(&[("chunk", "FILE_TYPE_REFUSED")]);
            assert_eq!(refused(upload(&office, paper(&maker), &vec![0; 11_000_000]).await), wrong);
            assert!(bucket.lock().unwrap().parts.is_empty(), "the upload was given up");
            assert!(lying(&office).is_empty(), "no folder is used");
            bucket.lock().unwrap().objects.remove(&address);
            let lost = because(Code::Internal, "INTERNAL");
            assert_eq!(refused(download(&office, &made.name, 1).await), lost);
        },
    )
    .await;
    serving.abort();
    std::fs::remove_file(&folder).unwrap();
}
