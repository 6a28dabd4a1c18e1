package sallyport.credentials.revocation.ocsp;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CRLReason;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.trust.AuthorityRules;

/**
 * Verification of OCSP answers. The JDK verifies signature, responder and certificate (RFC 6960
 * section 3.2). Bouncy Castle reads the times, which the JDK neither reports nor checks to the
 * minute.
 */
final class OcspVerifier {
  /** How far the responder's clock may be ahead. */
  private static final Duration SKEW = Duration.ofMinutes(5);

  private static final Set<?> WEAK =
      Set.of(
          PKCSObjectIdentifiers.md5WithRSAEncryption,
          PKCSObjectIdentifiers.sha1WithRSAEncryption,
          OIWObjectIdentifiers.sha1WithRSA,
          X9ObjectIdentifiers.ecdsa_with_SHA1);

  private OcspVerifier() {}

  /** Returns the request for a certificate. */
  static byte[] request(X509Certificate certificate, X509Certificate issuer) throws IOException {
    try {
      return new OCSPReqBuilder().addRequest(idOf(certificate, issuer)).build().getEncoded();
    } catch (OCSPException e) {
      throw new IllegalStateException("a request cannot be made", e);
    }
  }

  /** Returns the identifier of a certificate in requests. */
  static CertificateID idOf(X509Certificate certificate, X509Certificate issuer) {
    try {
      // SHA-1 is a name here, no protection; it is what every responder knows (RFC 5019).
      return new CertificateID(
          new JcaDigestCalculatorProviderBuilder().build().get(CertificateID.HASH_SHA1),
          new JcaX509CertificateHolder(issuer),
          certificate.getSerialNumber());
    } catch (OperatorCreationException | OCSPException | CertificateEncodingException e) {
      throw new IllegalStateException("a certificate cannot be named", e);
    }
  }

  /**
   * @param issuer of the certificate, verified already
   * @throws OcspFailure when the answer says nothing that can be relied on now
   */
  static OcspAnswer verify(
      byte[] der, X509Certificate certificate, X509Certificate issuer, Instant now)
      throws OcspFailure {
    OcspAnswer answer = parse(der, idOf(certificate, issuer));
    verifySigned(der, certificate, issuer, now);
    verifyNames(der, issuer);
    if (answer.thisUpdate().isAfter(now.plus(SKEW))) {
      throw notBelieved("the answer is of the future: " + answer.thisUpdate());
    }
    if (!answer.isCurrent(now)) {
      throw notBelieved("the answer is not current: until " + answer.nextUpdate());
    }
    return answer;
  }

  private static OcspAnswer parse(byte[] der, CertificateID id) throws OcspFailure {
    BasicOCSPResp basic;
    try {
      OCSPResp response = new OCSPResp(der);
      if (response.getStatus() != OCSPResp.SUCCESSFUL) {
        throw new OcspFailure(
            OcspFailure.Kind.REFUSED, "the responder says " + words(response.getStatus()));
      }
      if (!(response.getResponseObject() instanceof BasicOCSPResp readable)) {
        throw notBelieved("the answer is of an unknown type");
      }
      basic = readable;
    } catch (IOException | OCSPException | RuntimeException e) {
      throw notBelieved("the answer cannot be read");
    }
    if (WEAK.contains(basic.getSignatureAlgOID())) {
      throw notBelieved("the answer is signed with SHA-1 or MD5");
    }
    for (SingleResp each : basic.getResponses()) {
      if (each.getCertID().equals(id)) {
        return answer(der, each);
      }
    }
    throw notBelieved("the answer is of another certificate");
  }

  private static OcspAnswer answer(byte[] der, SingleResp single) throws OcspFailure {
    if (single.getNextUpdate() == null) {
      throw notBelieved("the answer does not say until when it is current");
    }
    OcspAnswer.Status status = OcspAnswer.Status.UNKNOWN;
    Instant since = null;
    CRLReason reason = null;
    if (single.getCertStatus() == null) {
      status = OcspAnswer.Status.GOOD;
    } else if (single.getCertStatus() instanceof RevokedStatus revoked) {
      status = OcspAnswer.Status.REVOKED;
      since = revoked.getRevocationTime().toInstant();
      reason = revoked.hasRevocationReason() ? reason(revoked.getRevocationReason()) : null;
    }
    return new OcspAnswer(
        der,
        status,
        single.getThisUpdate().toInstant(),
        single.getNextUpdate().toInstant(),
        since,
        reason);
  }

  private static @Nullable CRLReason reason(int number) {
    CRLReason[] reasons = CRLReason.values();
    return number >= 0 && number < reasons.length ? reasons[number] : null;
  }

  private static String words(int status) {
    return switch (status) {
      case OCSPResp.MALFORMED_REQUEST -> "malformedRequest";
      case OCSPResp.INTERNAL_ERROR -> "internalError";
      case OCSPResp.TRY_LATER -> "tryLater";
      case OCSPResp.SIG_REQUIRED -> "sigRequired";
      case OCSPResp.UNAUTHORIZED -> "unauthorized";
      default -> "status " + status;
    };
  }

  /** Verifies the signature: by the issuer, or by a responder with id-kp-OCSPSigning from it. */
  private static void verifySigned(
      byte[] der, X509Certificate certificate, X509Certificate issuer, Instant now)
      throws OcspFailure {
    try {
      CertPathValidator validator = CertPathValidator.getInstance("PKIX");
      PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
      checker.setOptions(Set.of(PKIXRevocationChecker.Option.NO_FALLBACK));
      // One's own class: the map is asked for the certificate as the path has it.
      X509Certificate plain = plain(certificate);
      checker.setOcspResponses(Map.of(plain, der));
      PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(issuer, null)));
      parameters.addCertPathChecker(checker);
      parameters.setDate(Date.from(now));
      validator.validate(
          CertificateFactory.getInstance("X.509").generateCertPath(List.of(plain)), parameters);
    } catch (CertPathValidatorException refused) {
      boolean believed =
          refused.getReason() == BasicReason.REVOKED
              || "Certificate's revocation status is unknown".equals(refused.getMessage());
      if (!believed) {
        throw notBelieved(String.valueOf(refused.getMessage()));
      }
    } catch (GeneralSecurityException e) {
      throw notBelieved(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Verifies the issuer's name constraints for its responder, which the JDK does not: it takes the
   * issuer for a bare key.
   */
  private static void verifyNames(byte[] der, X509Certificate issuer) throws OcspFailure {
    try {
      BasicOCSPResp basic = (BasicOCSPResp) new OCSPResp(der).getResponseObject();
      for (X509CertificateHolder each : basic.getCerts()) {
        X509Certificate responder = new JcaX509CertificateConverter().getCertificate(each);
        if (responder.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
            && !responder.equals(issuer)
            && !AuthorityRules.allowsNames(issuer, responder)) {
          throw notBelieved("the responder is outside the name constraints of the issuer");
        }
      }
    } catch (IOException | OCSPException | GeneralSecurityException unreadable) {
      throw notBelieved("the responder's certificate cannot be read");
    }
  }

  private static X509Certificate plain(X509Certificate certificate)
      throws GeneralSecurityException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new java.io.ByteArrayInputStream(certificate.getEncoded()));
  }

  private static OcspFailure notBelieved(String why) {
    return new OcspFailure(OcspFailure.Kind.NOT_BELIEVED, why);
  }
}
