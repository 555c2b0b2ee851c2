//! A certificate for localhost, and a CA that vouches for it, made at start.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::{SignedDuration, Timestamp, tz::Offset};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::clock::Clock;

/// Clients whose clock is behind ours take it, too.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// The longest that clients which limit it accept: 398 days, less [`BEFORE`].
const AFTER: SignedDuration = SignedDuration::from_hours(24 * 397);

/// A server's certificate with its key, both ECDSA P-256, and the CA that signed it. The CA's key is
/// gone: nobody can have it sign another.
pub(super) struct Made {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: PrivateKeyDer<'static>,
    pub(super) ca_pem: String,
}

/// Makes a certificate for localhost under all its names, and for `host` if that is another.
///
/// Its validity follows the system's time and not the platform's, which may be shifted: the
/// client's TLS library knows only the former. Its keys differ every time, whatever the seed.
pub(super) fn make(address: IpAddr, host: Option<&str>) -> Result<Made, rcgen::Error> {
    let now = Clock::default().timestamp();
    let ca = CertifiedIssuer::self_signed(authority(now), KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = server(address, host, now)?.signed_by(&key, &ca)?;
    Ok(Made { certificate: certificate.into(), key: key.into(), ca_pem: ca.pem() })
}

fn authority(now: Timestamp) -> CertificateParams {
    let mut authority = valid(CertificateParams::default(), now);
    authority.distinguished_name = named("Gatepass test CA, made at start");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    authority
}

fn server(
    address: IpAddr,
    host: Option<&str>,
    now: Timestamp,
) -> Result<CertificateParams, rcgen::Error> {
    let loopback = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let mut names = vec!["localhost".to_owned()];
    names.extend(loopback.map(|address: IpAddr| address.to_string()));
    let unspecified = address.is_unspecified();
    names.extend((!unspecified && !loopback.contains(&address)).then(|| address.to_string()));
    let host = host.map(|host| host.trim_start_matches('[').trim_end_matches(']'));
    names.extend(host.filter(|host| !names.iter().any(|name| name == host)).map(str::to_owned));
    let mut server = valid(CertificateParams::new(names)?, now);
    server.distinguished_name = named("Gatepass");
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    Ok(server)
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn valid(mut certificate: CertificateParams, now: Timestamp) -> CertificateParams {
    let day = |shift| {
        let date = Offset::UTC.to_datetime(now + shift).date();
        date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    certificate.not_before = day(-BEFORE);
    certificate.not_after = day(AFTER);
    certificate
}
