use sfbox::secret_store::FileStore;
use sfbox::{QueryOptions, Runtime};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = Runtime::builder()
        .store(FileStore::new("org/secrets"))
        .org("emulator")
        // These two lines lead to `sfbox emulate`. For an org at Salesforce, leave them out.
        .connect_to("acme.my.salesforce.com:443:127.0.0.1:8443".parse()?)
        .extra_ca(std::fs::read("org/ca.pem")?)
        .build()?;
    let org = runtime.org("emulator")?;
    let options = QueryOptions::default();
    let mut page = org.query("SELECT Id, Name FROM Account", &options).await?;
    println!("{}", page.body);
    while let Some(next) = page.next {
        page = org.query_more(&next, &options).await?;
        println!("{}", page.body);
    }
    runtime.shut_down().await;
    Ok(())
}
