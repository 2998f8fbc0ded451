import { LaneAdmission } from '../../src/format/csv-lane.ts';

/** Lets the lane read files of every shape. */
export class OpenLanes extends LaneAdmission {
  override stateOf(): 'admitted' {
    return 'admitted';
  }
}
