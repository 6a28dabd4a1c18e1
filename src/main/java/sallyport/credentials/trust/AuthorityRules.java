package sallyport.credentials.trust;

import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathChecker;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.CertificatePolicies;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraintValidatorException;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.PKIXNameConstraintValidator;
import org.bouncycastle.asn1.x509.PolicyInformation;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.certificates.CertificateRules;
import sallyport.credentials.certificates.Role;

/**
 * Rules that the certificate of a trusted authority sets for the path below it: name constraints,
 * path length, policies and usages (RFC 5280 section 4.2.1). The JDK takes a trust anchor for a
 * name and a key and ignores them; RFC 5937 applies them to the path.
 *
 * <p>Any thread.
 */
public final class AuthorityRules {
  private static final String KEY_USAGE_ANY = "2.5.29.37.0";
  private static final String NAME_CONSTRAINTS = "2.5.29.30";
  private static final String POLICIES = "2.5.29.32";
  private static final String POLICY_CONSTRAINTS = "2.5.29.36";
  private static final String INHIBIT_ANY_POLICY = "2.5.29.54";
  private static final String ANY_POLICY = "2.5.29.32.0";
  private static final int KEY_CERT_SIGN = 5;
  private static final String ALTERNATIVE_NAMES = "2.5.29.17";

  /** Default of the JDK if the authority states nothing. */
  private static final int LONGEST_PATH = 5;

  /** As OpenSSL tells a common name that is a host's from one that is for people. */
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)+");

  private AuthorityRules() {}

  /** Returns why no chain can end at this certificate at any time; null where one can. */
  static @Nullable String unusable(X509Certificate authority) {
    if (authority.getBasicConstraints() < 0) {
      return "is not a certificate authority";
    }
    boolean[] usage = authority.getKeyUsage();
    if (usage != null && !usage[KEY_CERT_SIGN]) {
      return "may not sign certificates: its key usage lacks keyCertSign";
    }
    if (authority.hasUnsupportedCriticalExtension()) {
      return "has a critical extension that is not understood";
    }
    try {
      var _ = names(authority);
      var _ = policies(authority);
    } catch (RuntimeException unreadable) {
      return "has constraints that cannot be read";
    }
    return CertificateRules.weakness(authority.getPublicKey());
  }

  /** Returns whether it allows less below it than the JDK does of a bare key. */
  static boolean constrains(X509Certificate authority) {
    return authority.getBasicConstraints() < LONGEST_PATH
        || authority.getExtensionValue(NAME_CONSTRAINTS) != null
        || authority.getExtensionValue(POLICIES) != null
        || authority.getExtensionValue(POLICY_CONSTRAINTS) != null
        || authority.getExtensionValue(INHIBIT_ANY_POLICY) != null
        || !allows(authority, "");
  }

  /** Returns whether an authority may issue for a usage; one that names no usage may for all. */
  private static boolean allows(X509Certificate authority, String usage) {
    try {
      List<String> usages = authority.getExtendedKeyUsage();
      return usages == null || usages.contains(usage) || usages.contains(KEY_USAGE_ANY);
    } catch (CertificateParsingException unreadable) {
      return false;
    }
  }

  /** Returns whether the authority may be part of the chain of a peer in this role. */
  static boolean mayVouchFor(X509Certificate authority, Role role) {
    return allows(authority, role.extendedKeyUsage());
  }

  /**
   * Applies the authority's constraints to paths that are built with these parameters.
   *
   * @param leaf where the paths begin
   * @return says why a path was refused
   */
  static Checker apply(
      X509Certificate authority,
      X509Certificate leaf,
      Role role,
      PKIXBuilderParameters parameters) {
    parameters.setMaxPathLength(Math.min(LONGEST_PATH, authority.getBasicConstraints()));
    Set<String> policies = policies(authority);
    if (!policies.isEmpty()) {
      parameters.setInitialPolicies(policies);
    }
    if (authority.getExtensionValue(POLICY_CONSTRAINTS) != null) {
      // Held from the authority on, however many certificates it would skip: the stricter reading.
      parameters.setExplicitPolicyRequired(true);
      parameters.setPolicyMappingInhibited(true);
    }
    if (authority.getExtensionValue(INHIBIT_ANY_POLICY) != null) {
      parameters.setAnyPolicyInhibited(true);
    }
    Checker checker = new Checker(names(authority), leaf, role);
    parameters.addCertPathChecker(checker);
    return checker;
  }

  /**
   * Returns whether the authority's name constraints allow the names of a certificate that it has
   * issued to a subject that is no authority.
   */
  public static boolean allowsNames(X509Certificate authority, X509Certificate issued) {
    try {
      Names names = names(authority);
      return names == null || names.allow(issued, true);
    } catch (RuntimeException unreadable) {
      return false;
    }
  }

  /** Returns the policies of the authority; empty for any (RFC 5937 section 3.2). */
  private static Set<String> policies(X509Certificate authority) {
    byte[] extension = authority.getExtensionValue(POLICIES);
    Set<String> policies = new HashSet<>();
    if (extension != null) {
      CertificatePolicies named = CertificatePolicies.getInstance(content(extension));
      for (PolicyInformation policy : named.getPolicyInformation()) {
        policies.add(policy.getPolicyIdentifier().getId());
      }
    }
    return policies.contains(ANY_POLICY) ? Set.of() : policies;
  }

  private static byte[] content(byte[] extension) {
    return ASN1OctetString.getInstance(extension).getOctets();
  }

  private static @Nullable Names names(X509Certificate authority) {
    byte[] extension = authority.getExtensionValue(NAME_CONSTRAINTS);
    return extension == null ? null : new Names(content(extension));
  }

  /**
   * Names that an authority may issue for (RFC 5280 section 4.2.1.10). Bouncy Castle compares them:
   * the JDK takes every common name for a host's, and so refuses people.
   */
  private static final class Names {
    private final GeneralSubtree @Nullable [] permitted;
    private final GeneralSubtree @Nullable [] excluded;

    Names(byte[] der) {
      NameConstraints constraints = NameConstraints.getInstance(der);
      permitted = constraints.getPermittedSubtrees();
      excluded = constraints.getExcludedSubtrees();
    }

    /**
     * Returns whether they allow the subject and the alternative names.
     *
     * @param last whether it is the peer's own: then a common name that looks like a host's counts
     *     as one where there is no DNS name, as OpenSSL has it
     */
    boolean allow(X509Certificate certificate, boolean last) {
      PKIXNameConstraintValidator validator = new PKIXNameConstraintValidator();
      if (permitted != null) {
        validator.intersectPermittedSubtree(permitted);
      }
      if (excluded != null) {
        for (GeneralSubtree each : excluded) {
          validator.addExcludedSubtree(each);
        }
      }
      try {
        for (GeneralName name : names(certificate, last)) {
          validator.checkPermitted(name);
          validator.checkExcluded(name);
        }
        return true;
      } catch (NameConstraintValidatorException | RuntimeException outside) {
        return false;
      }
    }

    private static List<GeneralName> names(X509Certificate certificate, boolean last) {
      List<GeneralName> names = new ArrayList<>();
      byte[] alternative = certificate.getExtensionValue(ALTERNATIVE_NAMES);
      if (alternative != null) {
        names.addAll(List.of(GeneralNames.getInstance(content(alternative)).getNames()));
      }
      boolean hosts = has(names, GeneralName.dNSName);
      boolean mailboxes = has(names, GeneralName.rfc822Name);
      X500Name subject = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
      if (subject.size() > 0) {
        names.add(new GeneralName(subject));
      }
      for (RDN part : subject.getRDNs()) {
        for (AttributeTypeAndValue value : part.getTypesAndValues()) {
          String text = IETFUtils.valueToString(value.getValue());
          if (value.getType().equals(BCStyle.EmailAddress) && !mailboxes) {
            names.add(new GeneralName(GeneralName.rfc822Name, text));
          } else if (value.getType().equals(BCStyle.CN)
              && last
              && !hosts
              && HOST.matcher(text).matches()) {
            names.add(new GeneralName(GeneralName.dNSName, text));
          }
        }
      }
      return names;
    }

    private static boolean has(List<GeneralName> names, int kind) {
      return names.stream().anyMatch(name -> name.getTagNo() == kind);
    }
  }

  /** Holds each certificate of a path that is complete against the authority. */
  static final class Checker extends PKIXCertPathChecker {
    private final @Nullable Names names;
    private final X509Certificate leaf;
    private final Role role;

    /** The builder does not say it, and works with copies of this. */
    private final AtomicReference<@Nullable String> why = new AtomicReference<>();

    private Checker(@Nullable Names names, X509Certificate leaf, Role role) {
      this.names = names;
      this.leaf = leaf;
      this.role = role;
    }

    /** Returns the reason why these rules refused the last path; null if they did not. */
    @Nullable String why() {
      return why.get();
    }

    @Override
    public void init(boolean forward) {
      // It keeps nothing.
    }

    @Override
    public boolean isForwardCheckingSupported() {
      return false;
    }

    @Override
    public @Nullable Set<String> getSupportedExtensions() {
      return null;
    }

    @Override
    public void check(Certificate certificate, Collection<String> unresolvedCritical)
        throws CertPathValidatorException {
      X509Certificate each = (X509Certificate) certificate;
      boolean last = each.equals(leaf);
      if (!last && !allows(each, role.extendedKeyUsage())) {
        throw refusal("an authority of the chain is not for certificates of " + role.label() + "s");
      }
      boolean selfIssued = each.getSubjectX500Principal().equals(each.getIssuerX500Principal());
      boolean named = names == null || (selfIssued && !last) || names.allow(each, last);
      if (!named) {
        throw refusal(
            "a name of the chain is outside the name constraints of its trusted authority");
      }
    }

    private CertPathValidatorException refusal(String text) {
      why.set(text);
      return new CertPathValidatorException(text);
    }
  }
}
