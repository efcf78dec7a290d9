//! A certificate authority of the cluster's own, and the server's certificate.

use std::path::Path;

use anyhow::Result;

use crate::cluster::output;
use crate::owner::Owner;

/// A key, the name that it belongs to, and what is asked for them.
const KEY: [&str; 6] = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-subj",
];

/// Makes `authority.crt` in `folder`, and `server.crt` for `localhost` in its folder of data.
pub(crate) fn make(owner: Owner, folder: &Path) -> Result<()> {
    let openssl = |words: &[&str]| -> Result<()> {
        let mut command = owner.command(Path::new("openssl"));
        command.current_dir(folder).args(words);
        output(&mut command)?;
        Ok(())
    };
    let authority = ["/CN=test authority", "-keyout", "authority.key"];
    let authority = [&["req", "-x509", "-days", "2"], &KEY[..], &authority].concat();
    openssl(&[&authority[..], &["-out", "authority.crt"]].concat())?;
    let server = ["/CN=localhost", "-keyout", "data/server.key"];
    let server = [&["req", "-new"], &KEY[..], &server].concat();
    openssl(&[&server[..], &["-out", "server.csr"]].concat())?;
    let names = folder.join("names");
    std::fs::write(&names, "subjectAltName = DNS:localhost\n")?;
    owner.give(&names)?;
    let sign = ["x509", "-req", "-days", "2", "-in", "server.csr"];
    let by = ["-CA", "authority.crt", "-CAkey", "authority.key"];
    let to = [
        "-CAcreateserial",
        "-extfile",
        "names",
        "-out",
        "data/server.crt",
    ];
    openssl(&[&sign[..], &by, &to].concat())
}
