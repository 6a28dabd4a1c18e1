package sallyport.dicom;

import io.netty.buffer.ByteBuf;
import sallyport.stream.StreamSession;

/**
 * One stream of DICOM's upper layer protocol, which has one association (PS3.8 section 9.2).
 *
 * <p>An association begins with A-ASSOCIATE-RQ. It ends with A-ASSOCIATE-RJ, with A-ABORT of either
 * side, or with an A-RELEASE-RP for each A-RELEASE-RQ: both sides may ask at once (section 7.2.2).
 */
public final class DicomSession implements StreamSession {
  private final PduScan client = new PduScan(this::onPdu);
  private final PduScan backend = new PduScan(this::onPdu);
  private boolean associated;

  /** A-RELEASE-RQ without its answer. */
  private int releases;

  @Override
  public void fromClient(ByteBuf octets) {
    client.pass(octets);
  }

  @Override
  public void fromBackend(ByteBuf octets) {
    backend.pass(octets);
  }

  private void onPdu(int type) {
    switch (type) {
      case PduScan.ASSOCIATE_RJ, PduScan.ABORT -> {
        associated = false;
        releases = 0;
      }
      case PduScan.RELEASE_RQ -> releases++;
      case PduScan.RELEASE_RP -> {
        releases--;
        associated &= releases > 0;
      }
      default -> associated = true;
    }
  }

  /** Returns whether all PDUs are whole, and no association is open. */
  @Override
  public boolean isBetweenMessages() {
    return !associated && client.isBetweenPdus() && backend.isBetweenPdus();
  }
}
