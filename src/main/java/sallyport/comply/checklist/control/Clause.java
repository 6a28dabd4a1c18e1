package sallyport.comply.checklist.control;

import java.time.LocalDate;

/**
 * Source of a control.
 *
 * @param text such as {@code 45 CFR 164.312(d)}
 * @param kind what it is: a rule that holds, one that was proposed, or advice
 */
public record Clause(String text, Kind kind) {
  /** The day of which it is said what is in force and what is proposed. */
  public static final LocalDate AS_OF = LocalDate.of(2026, 11, 30);

  /** Force of a clause. */
  public enum Kind {
    /** A general requirement or a standard of the HIPAA Security Rule as it is. */
    IN_FORCE_REQUIRED("in force, required"),
    /**
     * A specification that is to be met where that is reasonable; else it is documented why not.
     */
    IN_FORCE_ADDRESSABLE("in force, addressable"),
    /**
     * Guidance by which a breach of ePHI need not be notified (45 CFR 164.400 to 164.414). It is no
     * duty.
     */
    IN_FORCE_SAFE_HARBOUR("in force, safe harbour"),
    /** Of the proposed rule of 2025 (90 FR 898), which is not law. */
    PROPOSED("proposed"),
    /** Of a NIST Special Publication. */
    NIST_GUIDELINE("NIST guideline"),
    /** Of an Internet standard. */
    IETF_STANDARD("IETF standard"),
    /** Of the standard of imaging (ISO 12052). */
    DICOM_STANDARD("DICOM standard"),
    /** Of a framework of IHE, which binds those who claim one of its profiles. */
    IHE_FRAMEWORK("IHE framework");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** For people and machines. */
    public String label() {
      return label;
    }
  }

  static Clause required(String paragraph) {
    return new Clause("45 CFR 164." + paragraph, Kind.IN_FORCE_REQUIRED);
  }

  static Clause addressable(String paragraph) {
    return new Clause("45 CFR 164." + paragraph, Kind.IN_FORCE_ADDRESSABLE);
  }

  /** Encryption without the choice to do something equivalent, with few exceptions. */
  static Clause proposedEncryption() {
    return new Clause(
        "90 FR 898, proposed 45 CFR 164.312(b)(2): ePHI encrypted at rest and in transit",
        Kind.PROPOSED);
  }

  /** The exception from encryption for technology that cannot, with a written plan to migrate. */
  static Clause proposedPlan() {
    return new Clause(
        "90 FR 898, proposed 45 CFR 164.312(b)(3): a written plan to migrate what cannot encrypt so",
        Kind.PROPOSED);
  }

  /** Data in motion is secured where its encryption complies with SP 800-52. */
  static Clause safeHarbourInTransit() {
    return new Clause(
        "74 FR 19006 to 45 CFR 164.402: encryption in transit that complies with SP 800-52",
        Kind.IN_FORCE_SAFE_HARBOUR);
  }

  /** Data at rest is secured where its encryption is consistent with SP 800-111. */
  static Clause safeHarbourAtRest() {
    return new Clause(
        "74 FR 19006 to 45 CFR 164.402: encryption at rest that is consistent with SP 800-111",
        Kind.IN_FORCE_SAFE_HARBOUR);
  }

  static Clause tls(String section) {
    return new Clause("NIST SP 800-52r2 section " + section, Kind.NIST_GUIDELINE);
  }

  static Clause keyManagement(String section) {
    return new Clause("NIST SP 800-57 part 1 rev. 5 section " + section, Kind.NIST_GUIDELINE);
  }

  static Clause rfc(String number) {
    return new Clause("RFC " + number, Kind.IETF_STANDARD);
  }

  /** A secure transport connection profile of DICOM. */
  static Clause dicom(String section) {
    return new Clause("DICOM PS3.15 section " + section, Kind.DICOM_STANDARD);
  }

  static Clause ihe(String transaction) {
    return new Clause("IHE ITI TF-2 " + transaction, Kind.IHE_FRAMEWORK);
  }

  /** For people. */
  @Override
  public String toString() {
    return text + " (" + kind.label() + ")";
  }
}
