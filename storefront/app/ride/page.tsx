import { RiderApp } from "@/components/ride/rider-app";

export default function Ride() {
  return <RiderApp />;
}
